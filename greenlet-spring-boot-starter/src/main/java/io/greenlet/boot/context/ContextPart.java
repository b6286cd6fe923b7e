package io.greenlet.boot.context;

import io.greenlet.boot.GreenPoolPart;
import io.greenlet.boot.GreenletProperties;
import io.greenlet.pool.PoolOptions;
import java.util.List;
import java.util.function.UnaryOperator;

/// Has every task of a pool decorated with the context of its spawner, unless `propagate-context` is off for the pool.
///
/// From the outside in: what is captured, the decorators of the application's beans, the decorator of a customizer, the
/// body. So an application's decorator runs with the context in place, at both ends.
final class ContextPart implements GreenPoolPart {

    private final List<? extends UnaryOperator<Runnable>> decorators;

    /// A part.
    ///
    /// @param decorators what decorates a task, in the order in which it is called: the innermost first
    ContextPart(List<? extends UnaryOperator<Runnable>> decorators) {
        this.decorators = List.copyOf(decorators);
    }

    @Override
    public PoolOptions prepare(PoolOptions options, GreenletProperties.Pool properties) {
        if (decorators.isEmpty() || !properties.propagateContext()) {
            return options;
        }
        UnaryOperator<Runnable> inner = options.decorator();
        return options.withDecorator(body -> decorate(inner.apply(body)));
    }

    private Runnable decorate(Runnable body) {
        Runnable decorated = body;
        for (UnaryOperator<Runnable> decorator : decorators) {
            decorated = decorator.apply(decorated);
        }
        return decorated;
    }
}
