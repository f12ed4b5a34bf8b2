package io.carillon.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class GroupAnswersTest {
    private static final String CLUSTER = """
            {"brokerAddrTable":{"broker-a":{"brokerAddrs":{0:"127.0.0.1:4001","2":"127.0.0.1:5001"},
            "brokerName":"broker-a","cluster":"DefaultCluster","enableActingMaster":false}},
            "clusterAddrTable":{"DefaultCluster":["broker-a"]}}""";

    private static final String SYNC_STATE = """
            {"replicasInfoTable":{"broker-a":{"inSyncReplicas":[
            {"alive":true,"brokerAddress":"127.0.0.1:4001","brokerId":1,"brokerName":"broker-a"},
            {"alive":true,"brokerAddress":"127.0.0.1:5001","brokerId":2,"brokerName":"broker-a"}],
            "masterAddress":"127.0.0.1:4001","notInSyncReplicas":[
            {"alive":false,"brokerAddress":"127.0.0.1:6001","brokerId":3,"brokerName":"broker-a"}]}}}""";

    @Test
    void readsWhoIsRegisteredInBothFormsOfKeys() {
        assertThat(Admin.brokersIn(CLUSTER)).containsOnlyKeys(0, 2).containsEntry(0, "127.0.0.1:4001");
    }

    @Test
    void countsOnlyTheMembersThatAreInStep() throws Exception {
        assertThat(Admin.inSyncIn(SYNC_STATE)).isEqualTo(2);
    }

    @Test
    void refusesServersThatDoNotExist() {
        assertThat(ServerKind.allNamed("carillon-group,apache"))
                .containsExactly(ServerKind.APACHE, ServerKind.CARILLON_GROUP);
        assertThatThrownBy(() -> ServerKind.named("apache_group")).hasMessageContaining("apache-group");
    }

    @Test
    void portsAreFreeWithTheirNeighbours() throws Exception {
        List<Integer> ports = Ports.free(5);

        assertThat(ports).hasSize(5).doesNotHaveDuplicates();
    }
}
