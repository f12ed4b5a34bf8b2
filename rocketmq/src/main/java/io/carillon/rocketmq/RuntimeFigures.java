package io.carillon.rocketmq;

import io.carillon.base.Counters;
import io.carillon.broker.admin.Stats;
import io.carillon.log.MessageLog;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * The figures of a running broker under the names that RocketMQ's tools read. Queues of thread pools and timers that
 * this broker does not have are empty: 0 is their true length.
 */
final class RuntimeFigures {
    private static final String[] POOLS = {"send", "pull", "query", "litePull", "ack"};

    private final Stats stats;
    private final MessageLog log;
    private final Counters counters;
    /** This program's, for people. */
    private final String version;

    RuntimeFigures(Stats stats, MessageLog log, Counters counters) {
        this.stats = stats;
        this.log = log;
        this.counters = counters;
        String known = RuntimeFigures.class.getPackage().getImplementationVersion();
        version = "carillon " + Objects.requireNonNullElse(known, "development build");
    }

    /** May wait for the disk. */
    Map<String, String> table() {
        Map<String, String> all = new TreeMap<>();
        putProcess(all);
        putMessages(all);
        putLog(all);
        putRefusals(all);
        putNothing(all);
        return all;
    }

    private void putProcess(Map<String, String> all) {
        put(all, "brokerActive", true);
        put(all, "brokerVersionDesc", version);
        put(all, "bootTimestamp", stats.startedMs());
        put(all, "startAcceptSendRequestTimeStamp", stats.startedMs());
        put(all, "runtime", duration(stats.runningMs()));
    }

    private void putMessages(Map<String, String> all) {
        put(all, "putTps", stats.storedRates());
        put(all, "getTransferredTps", stats.readRates());
        put(all, "getFoundTps", stats.foundRates());
        put(all, "getMissTps", stats.missedRates());
        put(all, "getTotalTps", stats.askedRates());
        put(all, "msgPutTotalTodayNow", stats.storedTotal());
        put(all, "msgPutTotalTodayMorning", stats.storedBeforeDay(0));
        put(all, "msgPutTotalYesterdayMorning", stats.storedBeforeDay(1));
        put(all, "msgGetTotalTodayNow", stats.readTotal());
        // What was read is counted from the start of the process.
        put(all, "msgGetTotalTodayMorning", stats.readBeforeToday());
        put(all, "msgGetTotalYesterdayMorning", stats.readBeforeYesterday());
    }

    private void putLog(Map<String, String> all) {
        put(all, "commitLogMinOffset", log.offsetMin());
        put(all, "commitLogMaxOffset", log.offsetMax());
        put(all, "commitLogDiskRatio", stats.diskUse());
        put(all, "consumeQueueDiskRatio", stats.diskUse());
        put(
                all,
                "commitLogDirCapacity",
                "Total : " + size(stats.diskTotalBytes()) + ", Free : " + size(stats.diskUsableBytes()) + ".");
        put(all, "earliestMessageTimeStamp", stats.storedMsMin());
        put(all, "remainHowManyDataToFlush", size(Math.max(0, log.offsetMax() - log.forcedOffset())));
        // A message is indexed before it is acknowledged: nothing is ever behind.
        put(all, "dispatchBehindBytes", 0);
    }

    /** How often somebody was answered with code 2, by the reason. */
    private void putRefusals(Map<String, String> all) {
        counters.snapshot().forEach((name, count) -> {
            if (name.startsWith(Room.COUNTED)) {
                put(all, name, count);
            }
        });
    }

    private static void putNothing(Map<String, String> all) {
        for (String pool : POOLS) {
            put(all, pool + "ThreadPoolQueueSize", 0);
            put(all, pool + "ThreadPoolQueueCapacity", 0);
            put(all, pool + "ThreadPoolQueueHeadWaitTimeMills", 0);
        }
        put(all, "EndTransactionQueueSize", 0);
        put(all, "EndTransactionThreadPoolQueueCapacity", 0);
        put(all, "pageCacheLockTimeMills", 0);
        put(all, "timerReadBehind", 0);
        put(all, "timerOffsetBehind", 0);
        put(all, "timerCongestNum", 0);
        put(all, "timerEnqueueTps", 0.0);
        put(all, "timerDequeueTps", 0.0);
    }

    private static void put(Map<String, String> all, String name, Object value) {
        all.put(name, value.toString());
    }

    private static String duration(long ms) {
        long seconds = ms / 1000;
        return "[ " + seconds / 86_400 + " days, " + seconds / 3600 % 24 + " hours, " + seconds / 60 % 60 + " minutes, "
                + seconds % 60 + " seconds ]";
    }

    private static String size(long bytes) {
        String[] units = {"B", "KiB", "MiB", "GiB", "TiB"};
        double value = bytes;
        int unit = 0;
        while (value >= 1024 && unit < units.length - 1) {
            value /= 1024;
            unit++;
        }
        return Math.round(value * 10) / 10.0 + " " + units[unit];
    }
}
