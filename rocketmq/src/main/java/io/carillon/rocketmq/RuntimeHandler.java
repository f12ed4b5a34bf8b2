package io.carillon.rocketmq;

import com.alibaba.fastjson2.JSON;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.Reply;
import io.carillon.remoting.Request;
import io.carillon.remoting.RequestCode;
import java.util.Map;

/** How this process is, whether it leads or not (request code 28). */
final class RuntimeHandler implements Handlers {
    private final RuntimeFigures figures;
    private final Aside aside;

    RuntimeHandler(RuntimeFigures figures, Aside aside) {
        this.figures = figures;
        this.aside = aside;
    }

    @Override
    public void register(Dispatcher dispatcher) {
        dispatcher.on(RequestCode.GET_BROKER_RUNTIME_INFO, this::runtime);
    }

    private void runtime(Request request) {
        aside.answer(request, () -> Reply.ok().body(JSON.toJSONBytes(Map.of("table", figures.table()))));
    }
}
