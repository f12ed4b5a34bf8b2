package io.carillon.rocketmq;

import java.util.Set;

/**
 * Names of settings that tune a mechanism which only Apache's servers have: sizes of its thread pools, when it swaps or
 * warms its mapped files, and the like. Scripts that set up a cluster set them and must not fail; here they change
 * nothing. No name of a path, an address, a plug-in or of what guards a server is among them, nor one that promises
 * something about messages.
 */
final class ApacheTuning {
    static final Set<String> BROKER = names("""
            accessMessageInMemoryHotRatio accessMessageInMemoryMaxRatio accountStatsEnable
            accountStatsPrintZeroValues ackMessageThreadPoolNums ackThreadPoolQueueCapacity
            adminBrokerThreadPoolNums adminBrokerThreadPoolQueueCapacity allAckInSyncStateSet
            allowRecallWhenBrokerNotWriteable appendAckAsync appendCkAsync appendTopicForTimerDeleteKey asyncLearner
            asyncSendEnable autoDeleteUnusedStats autoMessageVersionOnTopicLen batchDispatchRequestThreadPoolNums
            bitMapLengthConsumeQueueExt bottomMostCompressionTypeForConsumeQueueStore broadcastOffsetExpireMaxSecond
            broadcastOffsetExpireSecond brokerElectionPriority brokerFastFailureEnable brokerHeartbeatInterval
            brokerNotActiveTimeoutMillis brokerTopicEnable cgColdReadThreshold channelNotActiveInterval
            checkCRCOnRecover checkCommitLogOffsetOnRecover checkSyncStateSetPeriod cleanFileForciblyEnable
            cleanOfflineBrokerInterval cleanResourceInterval cleanRocksDBDirtyCQIntervalMin cleanSwapedMapInterval
            clearRetryTopicWhenDeleteTopic clientAsyncSemaphoreValue clientCallbackExecutorThreads
            clientChannelMaxIdleTimeSeconds clientCloseSocketIfTimeout clientManageThreadPoolNums
            clientManagerThreadPoolQueueCapacity clientOnewaySemaphoreValue clientPooledByteBufAllocatorEnable
            clientSocketRcvBufSize clientSocketSndBufSize clientWorkerThreads clusterTopicEnable
            coldCtrStrategyEnable coldDataFlowControlEnable coldDataScanEnable combineAssignOffsetCQType
            combineCQEnableCheckSelf combineCQLoadingCQTypes combineCQMaxExtraSearchCommitLogFiles
            combineCQPreferCQType combineCQUseRocksdbForLmq commercialBaseCount commercialSizePerMsg
            commitCommitLogLeastPages commitCommitLogThoroughInterval commitIntervalCommitLog
            commitLogForceSwapMapInterval commitLogRecoverMaxNum commitLogSwapMapInterval
            commitLogSwapMapReserveFileNum compactionCqMappedFileSize compactionMappedFileSize
            compactionScheduleInternal compactionThreadNum compatibleWithOldNameSrv compressedRegister
            connectTimeoutMillis consumerFallbehindThreshold consumerManageThreadPoolNums
            consumerManagerThreadPoolQueueCapacity consumerOffsetUpdateVersionStep controllerHeartBeatTimeoutMills
            correctLogicMinOffsetForceInterval correctLogicMinOffsetSleepInterval dLegerGroup dLegerSelfId
            dataReadAheadEnable debugLockEnable defaultMessageRequestMode defaultPopShareQueueNum defaultQueryMaxNum
            delayOffsetUpdateVersionStep deleteCommitLogFilesInterval deleteConsumeQueueFilesInterval
            deleteFileBatchMax deleteWhen destroyMapedFileIntervalForcibly disableCallbackExecutor
            disableConsumeIfConsumerReadSlowly disableNettyWorkerGroup disappearTimeAfterStart diskFallRecorded
            diskSpaceCleanForciblyRatio diskSpaceWarningLevelRatio dispatchCqCacheNum dispatchCqThreads
            dispatchFromSenderThread duplicationEnable enableAcceleratedRecovery enableAsyncReput enableBatchPush
            enableBroadcastOffsetStore enableBuildConsumeQueueConcurrently enableCalcFilterBitMap
            enableCleanExpiredOffset enableCompaction enableConnectionMetrics enableConsumeQueueExt
            enableCreateSysGroup enableDLegerCommitLog enableDetailStat enableFastChannelEventProcess
            enableLagAndDlqMetrics enableLiteEventMode enableLitePopLog enableLmq enableLmqQuota enableLmqStats
            enableLogConsumeQueueRepeatedlyBuildWhenRecover enableMessageStoreMetrics enableMixedMessageType
            enableMultiDispatch enableNetWorkFlowControl enableNotifyAfterPopOrderLockRelease
            enableNotifyBeforePopCalculateLag enablePopBatchAck enablePopBufferMerge enablePopLog
            enablePopMessageThreshold enablePopMetrics enableReconnectForGoAway enableRegisterProducer
            enableRemoteEscape enableRemotingMetrics enableRequestMetrics enableRetryTopicV2 enableRocksDBLog
            enableRunningFlagsInFlush enableScheduleAsyncDeliver enableScheduleMessageStats enableShutdownGracefully
            enableSingleTopicRegister enableSkipLongAwaitingAck enableSlaveActingMaster enableSplitMetadata
            enableSplitRegistration enableStatsMetrics enableTransactionMetrics enabledAppendPropCRC
            endTransactionPoolQueueCapacity endTransactionThreadPoolNums estimateAccumulation
            expectConsumerNumUseFilter fastFailIfNoBufferInStorePool filterSupportRetry flushCommitLogLeastPages
            flushCommitLogThoroughInterval flushCommitLogTimed flushConsumeQueueLeastPages
            flushConsumeQueueThoroughInterval flushConsumerOffsetHistoryInterval flushConsumerOffsetInterval
            flushDelayOffsetInterval flushIntervalConsumeQueue flushLeastPagesWhenWarmMapedFile forceRegister
            forceVerifyPropCRC forwardTimeout globalColdReadThreshold haFlowControlEnable haHousekeepingInterval
            haMaxGapNotInSync haMaxTimeSlaveNotCatchup haSendHeartbeatInterval haTransferBatchSize
            heartbeatThreadPoolNums heartbeatThreadPoolQueueCapacity highSpeedMode indexFileReadEnable
            indexFileWriteEnable indexRocksDBEnable initPopOffsetByCheckMsgInMem isolateLogEnable
            iteratorWhenUseRocksdbConsumeQueue liteEventCheckInterval liteEventFullDispatchDelayTime
            liteEventFullDispatchDelayTimeForWildcardGroup liteLagCountMetricsEnable liteLagLatencyCollectEnable
            liteLagLatencyMetricsEnable liteLagLatencyTopK litePullMessageEnable litePullMessageThreadPoolNums
            litePullThreadPoolQueueCapacity liteSubscriptionCheckInterval liteSubscriptionCheckTimeoutMills
            liteTtlCheckInterval loadBalancePollNameServerInterval loadBalanceProcessorThreadPoolNums
            loadBalanceThreadPoolQueueCapacity lockInStrictMode logicQueueForceSwapMapInterval
            logicQueueSwapMapInterval logicQueueSwapMapReserveFileNum logicalDiskSpaceCleanForciblyThreshold
            mappedFileSizeConsumeQueue mappedFileSizeConsumeQueueExt mappedFileSizeTimerLog mappedFileSwapEnable
            mapperFileSizeBatchConsumeQueue maxAsyncPutMessageRequests maxBatchDeleteFilesNum maxChecksumRange
            maxClientEventCount maxConsumeQueueScan maxErrorRateOfBloomFilter maxFilterMessageSize
            maxHaTransferByteInSecond maxHashSlotNum maxIndexNum maxLiteSubscriptionCount
            maxMessageFilterNumForNotification maxMsgsNumBatch maxOffsetMapSize maxPopPollingSize
            maxReconnectIntervalTimeSeconds maxRecoveryCommitlogFiles maxRocksDBIndexQueryDays maxSlaveResendLength
            maxStatsIdleTimeInMinutes maxTopicLength maxTransferBytesOnMessageInDisk maxTransferCountOnMessageInDisk
            memTableFlushIntervalMs messageIndexEnable messageIndexSafe metricGrpcExporterIntervalInMills
            metricGrpcExporterTimeOutInMills metricLoggingExporterIntervalInMills metricsExportBatchMaxDataPoints
            metricsInDelta metricsLabel metricsOtelCardinalityLimit minLiteTTl notifyConsumerIdsChangedEnable
            offsetCheckInSlave osPageCacheBusyTimeOutMills persistConsumerOffsetIncrementally popCkMaxBufferSize
            popCkOffsetMaxQueueSize popCkStayBufferTime popCkStayBufferTimeOut popConsumerFSServiceInit
            popConsumerKVServiceEnable popConsumerKVServiceInit popConsumerKVServiceLog popFromRetryProbability
            popFromRetryProbabilityForPriority popLongPollingForceNotifyInterval popPollingMapExpireTimeSeconds
            popPollingMapSize popResponseReturnActualRetryTopic popReviveConcurrency popReviveMaxAttemptTimes
            popReviveMaxReturnSizePerRead popReviveSkipIfGroupAbsent preferredLeaderId printChannelGroups
            printChannelGroupsMinNum priorityOrderAsc processReplyMessageThreadPoolNums pullBatchMaxMessageCount
            pullMessageThreadPoolNums pullThreadPoolQueueCapacity putConsumeQueueDataByFileChannel
            putMessageFutureThreadPoolNums putMessageTimeout putMsgIndexHightWater putThreadPoolQueueCapacity
            queryMessageThreadPoolNums queryThreadPoolQueueCapacity readUnCommitted realTimeNotifyConsumerChange
            realTimePersistRocksDBConfig recheckReputOffsetFromCq recoverConcurrently recoverThreadPoolNums
            redeleteHangedFileInterval regionId registerBrokerTimeoutMills registerNameServerPeriod
            replicasPerDiskPartition replyThreadPoolQueueCapacity retrieveMessageFromPopRetryTopicV1 reviveAckWaitMs
            reviveInterval reviveMaxSlow reviveQueueNum reviveScanTime rocksdbCQDoubleWriteEnable
            rocksdbCompressionType rocksdbFlushWalFrequency rocksdbWalFileRollingThreshold sampleCountThreshold
            sampleSteps scanAvailableNameSrv scheduleAsyncDeliverMaxPendingLimit
            scheduleAsyncDeliverMaxResendNum2Blocked searchBcqByCacheEnable sendHeartbeatTimeoutMillis
            sendMessageThreadPoolNums sendThreadPoolQueueCapacity serverAsyncSemaphoreValue
            serverCallbackExecutorThreads serverChannelMaxIdleTimeSeconds serverLoadBalancerEnable
            serverNettyWorkerGroupEnable serverOnewaySemaphoreValue serverPooledByteBufAllocatorEnable
            serverSelectorThreads serverSocketBacklog serverSocketRcvBufSize serverSocketSndBufSize
            serverWorkerThreads sharedByteBufferNum shortPollingTimeMills shutdownWaitTimeSeconds skipPreOnline
            skipWhenCKRePutReachMaxTimes slaveReadEnable slaveTimeout spinLockCollisionRetreatOptimalDegree
            splitMetadataSize splitRegistrationSize statRocksDBCQIntervalSec subscriptionExpiredTimeout
            syncBrokerMemberGroupPeriod syncBrokerMetadataPeriod syncControllerMetadataPeriod syncFlushTimeout
            syncFromLastFile syncMasterFlushOffsetWhenStartup timerColdDataCheckIntervalMs timerCongestNumEachSlot
            timerEnableCheckMetrics timerEnableRetryUntilSuccess timerFlushIntervalMs timerGetMessageThreadNum
            timerInterceptDelayLevel timerMetricSmallThreshold timerPrecisionMs timerProgressLogIntervalMs
            timerPutMessageThreadNum timerRecallToTimeWheelEnable timerRecallToTimelineEnable
            timerReputServiceCorePoolSize timerReputServiceMaxPoolSize timerReputServiceQueueCapacity
            timerRocksDBEnable timerRocksDBPrecisionMs timerRocksDBRollIntervalHours timerRocksDBRollMaxTps
            timerRocksDBRollRangeHours timerRocksDBStopScan timerRocksDBTimeExpiredMaxTps timerRollWindowSlot
            timerSkipUnknownError timerStopEnqueue timerWheelSnapshotFlush timerWheelSnapshotIntervalMs
            topicQueueLockNum traceOn transRocksDBEnable transWriteOriginTransHalfEnable
            transactionCheckRocksdbCoreThreads transactionCheckRocksdbMaxThreads
            transactionCheckRocksdbQueueCapacity transactionMetricFlushInterval transactionOpBatchInterval
            transactionOpMsgMaxSize transferMsgByHeap transientStorePoolEnable transientStorePoolSize
            travelCqFileNumWhenGetMessage useABSLock useEpollNativeSelector useMessageFilterForNotification
            usePIDColdCtrStrategy useReentrantLockWhenPutMessage useSeparateRetryQueue useServerSideResetOffset
            useSingleRocksDBForAllConfigs useStaticSubscription validateSystemTopicWhenUpdateTopic
            waitTimeMillsInAckQueue waitTimeMillsInAdminBrokerQueue waitTimeMillsInHeartbeatQueue
            waitTimeMillsInLitePullQueue waitTimeMillsInPullQueue waitTimeMillsInSendQueue
            waitTimeMillsInTransactionQueue wakeCommitWhenPutMessage wakeFlushWhenPutMessage warmMapedFileEnable
            writeBufferHighWaterMark writeBufferLowWaterMark writeWithoutMmap
            """);

    static final Set<String> NAME_SERVER = names("""
            clientRequestThreadPoolNums clientRequestThreadPoolQueueCapacity defaultThreadPoolNums
            defaultThreadPoolQueueCapacity enableControllerInNamesrv enableShutdownGracefully needWaitForService
            scanNotActiveBrokerInterval serverAsyncSemaphoreValue serverCallbackExecutorThreads
            serverChannelMaxIdleTimeSeconds serverNettyWorkerGroupEnable serverOnewaySemaphoreValue
            serverPooledByteBufAllocatorEnable serverSelectorThreads serverSocketBacklog serverSocketRcvBufSize
            serverSocketSndBufSize serverWorkerThreads shutdownWaitTimeSeconds unRegisterBrokerQueueCapacity
            useEpollNativeSelector waitSecondsForService writeBufferHighWaterMark writeBufferLowWaterMark
            """);

    private ApacheTuning() {}

    private static Set<String> names(String text) {
        return Set.of(text.strip().split("\\s+"));
    }
}
