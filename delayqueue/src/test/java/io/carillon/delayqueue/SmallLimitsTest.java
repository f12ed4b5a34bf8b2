package io.carillon.delayqueue;

import io.carillon.contract.SmallLimitsContract;

/** The engine over Redis and MySQL says what every engine must when as much as may be is under way. */
class SmallLimitsTest extends SmallLimitsContract {
    private Rig rig;
    private HttpNode node;

    @Override
    protected int open() {
        rig = Rig.fresh();
        rig.waitingMax = 3;
        node = new HttpNode(rig.open());
        return node.port();
    }

    @Override
    protected void shut() {
        rig.close();
        node.close();
    }
}
