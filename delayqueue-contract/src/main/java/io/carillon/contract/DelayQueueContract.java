package io.carillon.contract;

/**
 * What every engine must do, tested over HTTP and over gRPC; by topic in the parts that this implements. Whoever has an
 * engine extends this, and opens a server over it.
 */
public abstract class DelayQueueContract extends ServedContract
        implements SendingContract,
                PullingContract,
                WaitingContract,
                SettlingContract,
                RetryContract,
                OrderingContract,
                ListingContract,
                TopicsAndGroupsContract,
                RefusalContract,
                MonitoringContract {}
