package io.carillon.http;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.carillon.base.delayqueue.DelayEngine;
import io.carillon.base.delayqueue.Health;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** What is not of the API itself: health, figures, its description. */
final class Pages {
    private static final long HEALTH_PATIENCE_MS = 2_000;

    private final DelayEngine engine;
    private final BooleanSupplier isAlive;
    private final MetricsPage metrics;
    private final Gate gate;
    private volatile @Nullable String openApi;

    Pages(DelayEngine engine, BooleanSupplier isAlive, MetricsPage metrics, Gate gate) {
        this.engine = engine;
        this.isAlive = isAlive;
        this.metrics = metrics;
        this.gate = gate;
    }

    /** Whether the process should go on living: a store that is down is no reason to start it anew. For anybody. */
    HttpResponse health() {
        boolean isFine = isAlive.getAsBoolean();
        JsonObject json = new JsonObject();
        json.addProperty("status", isFine ? "up" : "failed");
        json.addProperty("engine", engine.name());
        return json(isFine, json);
    }

    /** Whether requests should be sent here. For anybody. */
    HttpResponse ready() {
        return HttpResponse.of(engine.health()
                .completeOnTimeout(new Health(false, java.util.List.of()), HEALTH_PATIENCE_MS, TimeUnit.MILLISECONDS)
                .thenApply(this::ready));
    }

    private HttpResponse ready(Health health) {
        boolean isReady = health.isReady() && isAlive.getAsBoolean();
        JsonArray parts = new JsonArray();
        for (Health.Part part : health.parts()) {
            JsonObject one = new JsonObject();
            one.addProperty("name", part.name());
            one.addProperty("status", part.isUp() ? "up" : "down");
            one.addProperty("detail", detail(part));
            parts.add(one);
        }
        JsonObject json = new JsonObject();
        json.addProperty("status", isReady ? "ready" : "not ready");
        json.addProperty("engine", engine.name());
        json.add("parts", parts);
        return json(isReady, json);
    }

    /** Anybody may ask, so why something is down, which may tell where it is, is only for where nobody has to say who he is. */
    private String detail(Health.Part part) {
        return part.isUp() || gate.isOpen() ? part.detail() : "does not work: the server's log says why";
    }

    private static HttpResponse json(boolean isFine, JsonObject json) {
        return HttpResponse.of(
                isFine ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE,
                MediaType.JSON,
                HttpData.ofUtf8(json.toString()));
    }

    HttpResponse metrics(ServiceRequestContext context) {
        Caller caller;
        try {
            caller = gate.admit(context, context.request().headers());
            if (!caller.actions().contains(Action.VIEW)) {
                throw new Rejected(Problem.forbidden("'" + caller.name() + "' has no right to VIEW"));
            }
        } catch (Rejected e) {
            return JsonApi.problem(e.problem());
        }
        return HttpResponse.of(
                HttpStatus.OK, MediaType.parse(MetricsPage.CONTENT_TYPE), HttpData.ofUtf8(metrics.text(caller)));
    }

    /** For anybody: it says nothing that is not in the sources. */
    HttpResponse openApi() {
        String text = openApi;
        if (text == null) {
            text = OpenApi.text();
            openApi = text;
        }
        return HttpResponse.of(HttpStatus.OK, MediaType.JSON, HttpData.ofUtf8(text));
    }
}
