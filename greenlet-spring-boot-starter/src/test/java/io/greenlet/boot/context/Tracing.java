package io.greenlet.boot.context;

import brave.context.slf4j.MDCScopeDecorator;
import brave.handler.SpanHandler;
import brave.propagation.ThreadLocalCurrentTraceContext;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.tracing.Span;
import io.micrometer.tracing.brave.bridge.BraveCurrentTraceContext;
import io.micrometer.tracing.brave.bridge.BraveTracer;
import io.micrometer.tracing.handler.DefaultTracingObservationHandler;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// Observations with a real tracer behind them, which also writes the ids of the span in scope into the MDC.
final class Tracing implements AutoCloseable {

    final ObservationRegistry registry = ObservationRegistry.create();

    /// How often a scope was opened in a virtual thread.
    final AtomicInteger scopes = new AtomicInteger();

    private final brave.Tracing tracing = brave.Tracing.newBuilder().addSpanHandler(new SpanHandler() {}) // no log
            .currentTraceContext(ThreadLocalCurrentTraceContext.newBuilder()
                    .addScopeDecorator(MDCScopeDecorator.get()).build())
            .build();
    private final BraveTracer tracer = new BraveTracer(tracing.tracer(),
            new BraveCurrentTraceContext(tracing.currentTraceContext()));

    Tracing() {
        registry.observationConfig().observationHandler(new DefaultTracingObservationHandler(tracer))
                .observationHandler(new Counter());
    }

    private final class Counter implements ObservationHandler<Observation.Context> {

        @Override
        public void onScopeOpened(Observation.Context context) {
            if (Thread.currentThread().isVirtual()) {
                scopes.incrementAndGet();
            }
        }

        @Override
        public boolean supportsContext(Observation.Context context) {
            return true;
        }
    }

    /// The id of the span in scope, null if there is none.
    @Nullable String span() {
        Span span = tracer.currentSpan();
        return span == null ? null : span.context().spanId();
    }

    Observation start(String name) {
        return Observation.start(name, registry);
    }

    @Override
    public void close() {
        tracing.close();
    }
}
