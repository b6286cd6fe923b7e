package io.greenlet.benchmarks;

import java.util.concurrent.Callable;
import kotlin.coroutines.Continuation;
import kotlinx.coroutines.DelayKt;
import kotlinx.coroutines.sync.Semaphore;
import org.jspecify.annotations.Nullable;

/// `semaphore.withPermit { delay(millis); body() }`, without the delay if it is zero.
///
/// @param <T> the type of the body's result
@SuppressWarnings("serial") // as its superclass
final class LimitedCoroutine<T> extends Coroutine<T> {

    /// Kotlin's body of a coroutine.
    @FunctionalInterface
    interface Body<T> extends Callable<T> {
        @Override
        T call();
    }

    private final Semaphore semaphore;
    private final long millis;
    private final Body<T> body;

    LimitedCoroutine(Semaphore semaphore, long millis, Body<T> body) {
        this(null, semaphore, millis, body);
    }

    private LimitedCoroutine(@Nullable Continuation<Object> completion, Semaphore semaphore, long millis,
            Body<T> body) {
        super(completion);
        this.semaphore = semaphore;
        this.millis = millis;
        this.body = body;
    }

    @Override
    Coroutine<T> of(Continuation<Object> completion) {
        return new LimitedCoroutine<>(completion, semaphore, millis, body);
    }

    @Override
    @Nullable Object resume(@Nullable Object result) {
        if (step == 0) {
            step = 1;
            if (isSuspended(semaphore.acquire(this))) {
                return SUSPENDED;
            }
        }
        if (step == 1) {
            step = 2;
            if (millis > 0 && isSuspended(DelayKt.delay(millis, this))) {
                return SUSPENDED;
            }
        }
        try {
            return body.call();
        } finally {
            semaphore.release();
        }
    }
}
