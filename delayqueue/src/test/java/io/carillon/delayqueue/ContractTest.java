package io.carillon.delayqueue;

import io.carillon.contract.DelayQueueContract;

/** The engine over Redis and MySQL does what every engine must. */
class ContractTest extends DelayQueueContract {
    private Rig rig;
    private HttpNode node;

    @Override
    protected int open() {
        rig = Rig.fresh();
        node = new HttpNode(rig.open());
        return node.port();
    }

    @Override
    protected void shut() {
        rig.close();
        node.close();
    }
}
