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

    void onChange(Consumer<String> listener);

    static TopicTable of(Topics topics) {
        return new TopicTable() {
            @Override
            public TableVersion version() {
                DataVersion version = topics.version();
                return new TableVersion(version.stateVersion(), version.timestampMs(), version.counter());
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
            public void onChange(Consumer<String> listener) {
                topics.onChange(listener);
            }
        };
    }
}
