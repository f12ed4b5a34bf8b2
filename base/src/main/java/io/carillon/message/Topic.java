package io.carillon.message;

import java.util.Map;

/**
 * A topic as it is configured.
 *
 * @param readQueues number of queues that consumers see, 0 or more
 * @param writeQueues number of queues that producers see, 0 or more
 * @param permissions the bits of {@link Permission}
 * @param filterType {@code SINGLE_TAG} or {@code MULTI_TAG}, kept for the clients
 * @param systemFlag the bits of {@link SystemFlag}, kept for the clients
 * @param attributes such as {@code message.type}
 */
public record Topic(
        String name,
        int readQueues,
        int writeQueues,
        int permissions,
        String filterType,
        int systemFlag,
        boolean ordered,
        Map<String, String> attributes) {

    private static final String QUEUE_TYPE = "queue.type";
    private static final String MESSAGE_TYPE = "message.type";

    public Topic {
        if (readQueues < 0 || writeQueues < 0) {
            throw new IllegalArgumentException("a topic cannot have a negative number of queues: " + name);
        }
        attributes = Map.copyOf(attributes);
    }

    /** A plain readable and writable topic. */
    public static Topic of(String name, int queues) {
        return of(name, queues, Permission.READ | Permission.WRITE);
    }

    public static Topic of(String name, int queues, int permissions) {
        return new Topic(name, queues, queues, permissions, "SINGLE_TAG", 0, false, Map.of());
    }

    /** The same topic with these bits of {@link SystemFlag}. */
    public Topic withSystemFlag(int flag) {
        return new Topic(name, readQueues, writeQueues, permissions, filterType, flag, ordered, attributes);
    }

    public boolean isReadable() {
        return (permissions & Permission.READ) != 0;
    }

    public boolean isWritable() {
        return (permissions & Permission.WRITE) != 0;
    }

    /** Whether new topics may be made after this one by a first send. */
    public boolean isTemplate() {
        return (permissions & Permission.INHERIT) != 0;
    }

    /** One more than the highest queue id that may be named in a request. */
    public int queues() {
        return Math.max(readQueues, writeQueues);
    }

    /** Whether its messages may bear several tags each. */
    public boolean isMultiTag() {
        return filterType.equals("MULTI_TAG");
    }

    /** Whether what is sent together is one thing to its producer, which gets one id for it. */
    public boolean isOfBatches() {
        return "BatchCQ".equals(attributes.get(QUEUE_TYPE));
    }

    /** Whether the number of a queue is the priority of what is in it, so that the highest comes first. */
    public boolean isOfPriorities() {
        return "PRIORITY".equals(attributes.get(MESSAGE_TYPE));
    }

    /** The bits of a topic's system flag, by which the name server lists the topics of units. */
    public static final class SystemFlag {
        /** Made by a producer of a unit. */
        public static final int UNIT = 1;
        /** The retry topic of a consumer of a unit. */
        public static final int UNIT_SUBSCRIBED = 2;

        private SystemFlag() {}
    }

    /** The bits of a topic's and a broker's permissions. */
    public static final class Permission {
        public static final int PRIORITY = 8;
        public static final int READ = 4;
        public static final int WRITE = 2;
        public static final int INHERIT = 1;

        private Permission() {}
    }
}
