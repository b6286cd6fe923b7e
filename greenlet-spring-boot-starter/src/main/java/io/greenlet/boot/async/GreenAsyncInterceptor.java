package io.greenlet.boot.async;

import io.greenlet.GreenThread;
import io.greenlet.boot.reactor.GreenReactor;
import io.greenlet.pool.GreenPool;
import io.greenlet.pool.RejectedSubmission;
import java.lang.reflect.UndeclaredThrowableException;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Future;
import java.util.function.Supplier;

import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.aop.interceptor.AsyncUncaughtExceptionHandler;
import org.springframework.aop.support.AopUtils;
import reactor.core.publisher.Flux;

/// Runs a call in the method's pool and gives the caller a handle of the kind that the method declares.
final class GreenAsyncInterceptor implements MethodInterceptor {

    private final GreenAsyncMethods methods;
    private final GreenAsyncPools pools;
    private final Supplier<AsyncUncaughtExceptionHandler> failures;

    GreenAsyncInterceptor(GreenAsyncMethods methods, GreenAsyncPools pools,
            Supplier<AsyncUncaughtExceptionHandler> failures) {
        this.methods = methods;
        this.pools = pools;
        this.failures = failures;
    }

    @Override
    public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
        Object target = Objects.requireNonNull(invocation.getThis(), "target");
        GreenAsyncMethod method = methods.find(invocation.getMethod(), AopUtils.getTargetClass(target));
        if (method == null) {
            return invocation.proceed();
        }
        GreenPool pool = pools.of(method);
        return switch (method.kind()) {
            case VOID -> detached(spawn(pool, invocation), method, invocation.getArguments());
            case HANDLE -> spawn(pool, invocation);
            case STAGE -> spawn(pool, invocation).toCompletableFuture();
            case MONO -> Reactive.mono(pool, invocation);
            case FLUX -> Reactive.flux(pool, invocation);
        };
    }

    private static GreenThread<@Nullable Object> spawn(GreenPool pool, MethodInvocation invocation) {
        Call call = new Call(invocation);
        try {
            return pool.spawn(call);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw call.interrupted(pool, e);
        }
    }

    /// A call as the body of a task.
    private static final class Call implements Callable<@Nullable Object> {

        private final MethodInvocation invocation;
        private volatile boolean begun;

        Call(MethodInvocation invocation) {
            this.invocation = invocation;
        }

        @Override
        public @Nullable Object call() throws Exception {
            begun = true;
            return InnerResult.await(proceed(invocation));
        }

        /// What a caller gets that was interrupted in line, or while it ran the call itself.
        RuntimeException interrupted(GreenPool pool, InterruptedException e) {
            String state = " (size=" + pool.size() + ", running=" + pool.running() + ", waiting=" + pool.waiting()
                    + ')';
            RuntimeException interrupted = begun
                    ? new CancellationException(pool + ": interrupted while the caller ran the task itself" + state)
                    : new RejectedSubmission(pool + ": interrupted while waiting for a slot" + state);
            interrupted.initCause(e);
            return interrupted;
        }
    }

    private static @Nullable Object proceed(MethodInvocation invocation) throws Exception {
        try {
            return invocation.proceed();
        } catch (Exception | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new UndeclaredThrowableException(e);
        }
    }

    // ---- void

    private @Nullable Object detached(GreenThread<@Nullable Object> thread, GreenAsyncMethod method,
            @Nullable Object[] arguments) {
        thread.link(ended -> {
            if (ended.state() == Future.State.FAILED) {
                failures.get().handleUncaughtException(ended.exceptionNow(), method.method(), arguments);
            }
        });
        return null;
    }

    // ---- Mono, Flux

    /// Apart, so that the rest works without Reactor.
    private static final class Reactive {

        static Object mono(GreenPool pool, MethodInvocation invocation) {
            return flux(pool, invocation).singleOrEmpty();
        }

        /// Every subscription calls the method anew.
        @SuppressWarnings("unchecked") // the method's return type says so
        static Flux<Object> flux(GreenPool pool, MethodInvocation invocation) {
            ProxyMethodInvocation call = (ProxyMethodInvocation) invocation;
            return GreenReactor.defer(pool, () -> (Publisher<Object>) proceed(call.invocableClone()));
        }
    }
}
