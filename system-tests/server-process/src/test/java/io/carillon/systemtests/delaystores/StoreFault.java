package io.carillon.systemtests.delaystores;

/** What can happen to the nodes of a delay queue and to their stores. Each ends with all of them running again. */
enum StoreFault {
    /** A node is killed with SIGKILL, and started again. */
    KILL_NODE,
    /** A node stands still for longer than its leases, while another one has them, and goes on where it was. */
    FREEZE_NODE,
    /** {@code FLUSHALL}: everything in Redis is gone, and it goes on. */
    FLUSH_REDIS,
    /** Redis is killed, and starts again with what it wrote down, up to a second less than it did. */
    RESTART_REDIS,
    /** Redis is killed, and starts again with nothing. */
    EMPTY_REDIS,
    /** Redis stands still for longer than the leases. */
    FREEZE_REDIS,
    /** MariaDB is killed, and started again. */
    RESTART_MYSQL,
    /** MariaDB stands still for longer than anybody waits for its answers. */
    FREEZE_MYSQL;

    /** Whether Redis may not know any more who has what. */
    boolean losesOrder() {
        return this == FLUSH_REDIS || this == RESTART_REDIS || this == EMPTY_REDIS;
    }
}
