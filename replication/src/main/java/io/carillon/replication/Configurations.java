package io.carillon.replication;

import com.alipay.sofa.jraft.conf.Configuration;
import com.alipay.sofa.jraft.conf.ConfigurationEntry;
import com.alipay.sofa.jraft.entity.LogEntry;
import com.alipay.sofa.jraft.entity.LogId;
import com.alipay.sofa.jraft.entity.codec.LogEntryCodecFactory;
import com.alipay.sofa.jraft.entity.codec.v2.LogEntryV2CodecFactory;
import io.carillon.log.Replica.Item;
import io.carillon.log.Replica.Kind;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;

/** The library's entries that say who the members are, as they stand in our log. */
final class Configurations {
    private static final LogEntryCodecFactory CODEC = LogEntryV2CodecFactory.getInstance();

    private Configurations() {}

    static LogEntry entry(Item item) {
        byte[] copy = new byte[item.bytes().remaining()];
        item.bytes().duplicate().get(copy);
        LogEntry entry = Objects.requireNonNull(
                CODEC.decoder().decode(copy), "an entry that says who the members are, not read");
        entry.setId(new LogId(item.index(), item.term()));
        return entry;
    }

    static ConfigurationEntry of(Item item) {
        LogEntry entry = entry(item);
        ConfigurationEntry found = new ConfigurationEntry();
        found.setId(entry.getId());
        found.setConf(new Configuration(entry.getPeers(), entry.getLearners()));
        if (entry.getOldPeers() != null) {
            found.setOldConf(new Configuration(entry.getOldPeers(), entry.getOldLearners()));
        }
        return found;
    }

    /**
     * Whether the last of these leaves a member on its way to a vote: it took it out, which had been a learner, or is the first one
     * to give it a vote, and may not be agreed on.
     */
    static boolean isOnItsWay(List<Item> configurations, String address) {
        int count = configurations.size();
        if (count < 2) {
            return false;
        }
        ConfigurationEntry before = of(configurations.get(count - 2));
        ConfigurationEntry last = of(configurations.get(count - 1));
        return isVoter(last, address)
                ? !isVoter(before, address)
                : isLearner(before, address) && !isLearner(last, address);
    }

    private static boolean isVoter(ConfigurationEntry entry, String address) {
        return entry.listPeers().stream().anyMatch(peer -> Members.address(peer).equals(address));
    }

    private static boolean isLearner(ConfigurationEntry entry, String address) {
        return Members.learners(entry.getConf()).containsKey(address);
    }

    /**
     * Whether all that is acknowledged is on the disk of another member, once this is the last entry that says who they are. While
     * they change, that is so if it was before: whoever comes gets a copy, and nobody knows yet that he has it. The entry behind,
     * which ends the change, is written when he has, and so have those with whom the change was agreed on.
     */
    static boolean hasOtherVoters(Item last, String self) {
        ConfigurationEntry entry = of(last);
        Configuration settled = entry.getOldConf().isEmpty() ? entry.getConf() : entry.getOldConf();
        return settled.getPeers().stream()
                .anyMatch(voter -> !Members.address(voter).equals(self));
    }

    static Item item(LogEntry entry) {
        return new Item(
                entry.getId().getIndex(),
                entry.getId().getTerm(),
                Kind.CONFIGURATION,
                ByteBuffer.wrap(CODEC.encoder().encode(entry)));
    }
}
