package io.carillon.log;

/** Stand-in. */
public final class ConsumeQueue {
    private final String topic;
    private final int number;
    long[] a = new long[16];
    int[] s = new int[16];
    long[] t = new long[16];
    int next;
    volatile long max;

    ConsumeQueue(String topic, int number) {
        this.topic = topic;
        this.number = number;
    }

    public String topic() {
        return topic;
    }

    public int number() {
        return number;
    }

    public long offsetMin() {
        return 0;
    }

    public long offsetMax() {
        return max;
    }

    public boolean read(long offset, QueueEntry into) {
        if (offset < 0 || offset >= max) {
            return false;
        }
        synchronized (this) {
            into.logOffset = a[(int) offset];
            into.size = s[(int) offset];
            into.tagsCode = t[(int) offset];
        }
        return true;
    }
}
