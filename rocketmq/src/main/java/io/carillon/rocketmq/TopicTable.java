package io.carillon.rocketmq;

import io.carillon.broker.metadata.DataVersion;
import io.carillon.broker.metadata.TopicState;
import io.carillon.broker.metadata.Topics;
import io.carillon.message.Topic;
import io.carillon.nameserver.TableVersion;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What the registrar needs to know of this broker's topics. Any thread may call. */
interface TopicTable {
    TableVersion version();

    List<Topic> all();

    @Nullable
    Topic find(String name);

    /** @return ends the calls */
    Runnable onChange(Consumer<String> listener);

    /** @param term in which the one leads whose topics these are; 0 for a broker that has no group */
    static TopicTable of(Topics topics, long term) {
        return new TopicTable() {
            @Override
            public TableVersion version() {
                DataVersion version = topics.version();
                return new TableVersion(
                        Math.max(term, version.stateVersion()), version.timestampMs(), version.counter());
            }

            @Override
            public List<Topic> all() {
                return topics.all().stream().map(TopicState::config).toList();
            }

            @Override
            public @Nullable Topic find(String name) {
                TopicState state = topics.find(name);
                return state == null ? null : state.config();
            }

            @Override
            public Runnable onChange(Consumer<String> listener) {
                return topics.onChange(listener);
            }
        };
    }
}
