package io.carillon.server;

import static com.tngtech.archunit.base.DescribedPredicate.alwaysTrue;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import io.carillon.broker.BrokerConfig;
import java.lang.foreign.Arena;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The walls between the wings that the compiler cannot see, and what is made in one place only. */
class HouseRulesTest {
    private static final JavaClasses ALL = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .withImportOption(location -> !location.contains("/testkit/"))
            .importPackages("io.carillon");

    private static final String BASE = "io.carillon.base..";
    private static final String MESSAGE = "io.carillon.message..";
    private static final String LOG = "io.carillon.log..";
    private static final String REMOTING = "io.carillon.remoting..";
    private static final String NAMESERVER = "io.carillon.nameserver..";
    private static final String SCHEDULE = "io.carillon.schedule..";
    private static final String DELAYQUEUE = "io.carillon.delayqueue..";
    private static final String[] STORE_CLIENTS = {
        "com.zaxxer.hikari..", "org.mariadb.jdbc..", "redis.clients.jedis..", "org.apache.commons.pool2.."
    };
    private static final String CRON = "com.cronutils..";
    private static final String REPLICATION = "io.carillon.replication..";
    private static final String RAFT = "com.alipay.sofa.jraft..";
    private static final String BROKER = "io.carillon.broker..";
    private static final String ROCKETMQ = "io.carillon.rocketmq..";
    private static final String API = "io.carillon.api..";
    private static final String HTTP = "io.carillon.http..";
    private static final String[] HTTP_LIBRARIES = {
        "com.linecorp.armeria..", "io.grpc..", "com.google..", "io.micrometer..", "io.netty.."
    };
    private static final String NETTY = "io.netty..";
    private static final String JSON = "com.alibaba.fastjson2..";

    @Test
    void seesEveryWing() {
        for (String wing : new String[] {
            BASE,
            MESSAGE,
            LOG,
            SCHEDULE,
            REPLICATION,
            DELAYQUEUE,
            REMOTING,
            NAMESERVER,
            BROKER,
            ROCKETMQ,
            API,
            HTTP,
            "io.carillon.server.."
        }) {
            assertThat(ALL.that(resideInAnyPackage(wing))).as(wing).isNotEmpty();
        }
    }

    @Test
    void everyWingImportsOnlyWhatStandsBelowIt() {
        mayImport(BASE, BASE);
        mayImport(MESSAGE, MESSAGE, BASE);
        mayImport(LOG, LOG, BASE, MESSAGE);
        mayImport(REMOTING, REMOTING, BASE, MESSAGE, NETTY);
        mayImport(NAMESERVER, NAMESERVER, BASE, MESSAGE);
        mayImport(REPLICATION, REPLICATION, LOG, REMOTING, BASE, RAFT, "com.google.protobuf..");
        mayImport(SCHEDULE, SCHEDULE, LOG, BASE, MESSAGE, CRON);
        mayImport(DELAYQUEUE, and(STORE_CLIENTS, DELAYQUEUE, BASE));
        mayImport(BROKER, BROKER, SCHEDULE, LOG, BASE, MESSAGE);
        mayImport(API, API, "com.google..", "io.grpc..");
        mayImport(HTTP, and(HTTP_LIBRARIES, HTTP, API, BASE, "javax.naming.."));
        mayImport(ROCKETMQ, ROCKETMQ, REMOTING, BROKER, SCHEDULE, NAMESERVER, LOG, BASE, MESSAGE, JSON);
    }

    private static String[] and(String[] some, String... more) {
        return Stream.concat(Arrays.stream(some), Arrays.stream(more)).toArray(String[]::new);
    }

    private static void mayImport(String wing, String... below) {
        ArchRule rule = classes()
                .that()
                .resideInAPackage(wing)
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(below)
                        .or(resideInAnyPackage("java..", "javax.crypto..", "javax.net.ssl..", "org.jspecify..")));
        rule.check(ALL);
    }

    @Test
    void oneClassOfTheFrontReadsJson() {
        noClasses()
                .that()
                .resideInAPackage(ROCKETMQ)
                .and(not(isIn("PlainJson")))
                .should()
                .callMethodWhere(call(com.alibaba.fastjson2.JSON.class, "parse.*"))
                .orShould()
                .callMethodWhere(call(com.alibaba.fastjson2.JSONObject.class, "parse.*|getJSON.*|getObject|to"))
                .orShould()
                .callMethodWhere(call(com.alibaba.fastjson2.JSONArray.class, "parse.*|getJSON.*|getObject|to"))
                .check(ALL);
    }

    @Test
    void onlyFrontsAndTheServerKnowTheBrokersBuilder() {
        noClasses()
                .that(not(resideInAnyPackage("io.carillon.broker", "io.carillon.server")))
                .and()
                .haveSimpleNameNotEndingWith("Front")
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("io.carillon.broker.Broker")
                .check(ALL);
    }

    @Test
    void onlyThreadsMakesThreads() {
        noClasses()
                .that(not(isIn("Threads")))
                .should()
                .callConstructorWhere(ofTarget(assignableTo(Thread.class)
                        .or(assignableTo(ThreadPoolExecutor.class))
                        .or(assignableTo(ForkJoinPool.class))
                        .or(assignableTo("io.netty.util.concurrent.DefaultThreadFactory"))))
                .orShould()
                .callMethodWhere(call(Executors.class, ".*"))
                .orShould()
                .callMethodWhere(call(Thread.class, "ofPlatform"))
                .check(ALL);
    }

    @Test
    void onlyTheTickerReadsTheClock() {
        noClasses()
                .that(not(isIn("SystemTicker")))
                .should()
                .callMethodWhere(call(System.class, "currentTimeMillis|nanoTime"))
                .orShould()
                .callMethodWhere(call(Instant.class, "now"))
                .orShould()
                .callMethodWhere(call(Clock.class, "system.*"))
                .check(ALL);
    }

    @Test
    void nobodyMakesRandomnessForItself() {
        noClasses()
                .that(not(isIn("Server")))
                .should()
                .callConstructorWhere(ofTarget(assignableTo(Random.class).or(assignableTo(SplittableRandom.class))))
                .orShould()
                .callMethodWhere(call(UUID.class, "randomUUID"))
                .orShould()
                .callMethodWhere(call(ThreadLocalRandom.class, "current"))
                .orShould()
                .callMethodWhere(call(Math.class, "random"))
                .check(ALL);
    }

    @Test
    void onlyTheStorageAndTheServerTouchFiles() {
        noClasses()
                .that(not(isIn(
                        "FileStorage",
                        "AsideFile",
                        "DataLock",
                        "ConfigReader",
                        "KeyFile",
                        "MachineRun",
                        "NewsPipe",
                        "ReadyFile",
                        "TokenFile",
                        "Training")))
                .should()
                .dependOnClassesThat(belongToAnyOf(
                        Files.class,
                        FileChannel.class,
                        java.io.RandomAccessFile.class,
                        java.io.FileOutputStream.class,
                        java.io.FileInputStream.class))
                .orShould()
                .callMethodWhere(call(Arena.class, "ofShared"))
                .check(ALL);
    }

    @Test
    void noPackageDependsOnItselfInACircle() {
        // A broker's settings stand beside its builder, which needs all of its parts, as these need the settings: data
        // only.
        slices().matching("io.carillon.(**)")
                .should()
                .beFreeOfCycles()
                .ignoreDependency(alwaysTrue(), equivalentTo(BrokerConfig.class))
                .check(ALL);
    }

    @Test
    void theHotPathDoesNotLog() {
        noClasses()
                .that()
                .haveNameMatching(
                        ".*\\.(FrameReader|FrameWriter|Request|Outbox|LogWriter|WriterLine|WorkLine|Segment|ConsumeQueue|QueueEntry|RecordScan|RecordEncoder|MessageRecord)(\\$.*)?")
                .should()
                .dependOnClassesThat(assignableTo(System.Logger.class))
                .orShould()
                .dependOnClassesThat(resideInAnyPackage("org.slf4j.."))
                .check(ALL);
    }

    @Test
    void theBaseHasNoDrawersOfStaticHelpers() {
        assertThat(ALL.that(resideInAnyPackage("io.carillon.base")))
                .filteredOn(HouseRulesTest::hasStaticMethodsOnly)
                .isEmpty();
    }

    private static boolean hasStaticMethodsOnly(JavaClass type) {
        return !type.isInterface()
                && !type.getMethods().isEmpty()
                && type.getMethods().stream()
                        .allMatch(method -> method.getModifiers().contains(JavaModifier.STATIC));
    }

    /** The class of this name, wherever it is, and what is nested in it. */
    private static DescribedPredicate<JavaClass> isIn(String... simpleNames) {
        return nameMatchingClass(".*\\.(" + String.join("|", simpleNames) + ")(\\$.*)?");
    }

    private static DescribedPredicate<JavaClass> nameMatchingClass(String regex) {
        return nameMatching(regex).forSubtype();
    }

    private static DescribedPredicate<JavaAccess<?>> ofTarget(DescribedPredicate<? super JavaClass> owner) {
        return DescribedPredicate.describe(
                "on " + owner.getDescription(), access -> owner.test(access.getTargetOwner()));
    }

    private static DescribedPredicate<JavaAccess<?>> call(Class<?> owner, String methods) {
        return DescribedPredicate.describe(
                owner.getSimpleName() + "." + methods,
                access -> access.getTargetOwner().isEquivalentTo(owner)
                        && access.getTarget().getName().matches(methods));
    }
}
