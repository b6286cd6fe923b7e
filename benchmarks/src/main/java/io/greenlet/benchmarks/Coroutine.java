package io.greenlet.benchmarks;

import kotlin.ResultKt;
import kotlin.Unit;
import kotlin.coroutines.Continuation;
import kotlin.coroutines.EmptyCoroutineContext;
import kotlin.coroutines.intrinsics.IntrinsicsKt;
import kotlin.coroutines.jvm.internal.SuspendLambda;
import kotlin.jvm.functions.Function2;
import kotlinx.coroutines.BuildersKt;
import kotlinx.coroutines.CoroutineScope;
import kotlinx.coroutines.CoroutineStart;
import kotlinx.coroutines.Deferred;
import kotlinx.coroutines.Dispatchers;
import kotlinx.coroutines.GlobalScope;
import kotlinx.coroutines.Job;
import org.jspecify.annotations.Nullable;

/// A suspending lambda of Kotlin, in the form into which the Kotlin compiler brings it: a state machine whose
/// [#resume(Object)] is called at the start and after each suspension, so that a coroutine costs here what it costs in
/// Kotlin. It starts on `Dispatchers.Default`.
///
/// @param <T> the type of its result
@SuppressWarnings("serial") // Kotlin's lambdas are serializable; these never leave the JVM
abstract class Coroutine<T> extends SuspendLambda
        implements
            Function2<CoroutineScope, Continuation<? super T>, Object> {

    /// What a suspending function returns when it has suspended.
    static final Object SUSPENDED = IntrinsicsKt.getCOROUTINE_SUSPENDED();

    /// The state: how often it was resumed and went on to the next step. Zero at the start.
    int step;
    /// Where coroutines that it launches belong.
    CoroutineScope scope = GlobalScope.INSTANCE;

    /// The lambda itself if the completion is null, else a coroutine of it.
    Coroutine(@Nullable Continuation<Object> completion) {
        super(2, completion);
    }

    /// Says whether a suspending function has suspended.
    static boolean isSuspended(@Nullable Object result) {
        return SUSPENDED.equals(result);
    }

    /// Makes a coroutine of this lambda.
    abstract Coroutine<T> of(Continuation<Object> completion);

    /// Goes on.
    ///
    /// @param result what the function on which it was suspended has returned
    /// @return its own result, or [#SUSPENDED]
    abstract @Nullable Object resume(@Nullable Object result) throws InterruptedException;

    /// Starts it and forgets it.
    static Job launch(Coroutine<Unit> lambda) {
        return BuildersKt.launch(GlobalScope.INSTANCE, Dispatchers.getDefault(), CoroutineStart.DEFAULT, lambda);
    }

    /// Starts it.
    static <T> Deferred<T> async(Coroutine<T> lambda) {
        return BuildersKt.async(GlobalScope.INSTANCE, Dispatchers.getDefault(), CoroutineStart.DEFAULT, lambda);
    }

    /// Waits for the result in the calling thread.
    static <T> T result(Deferred<T> deferred) throws InterruptedException {
        return BuildersKt.runBlocking(EmptyCoroutineContext.INSTANCE, (_, caller) -> deferred.await(caller));
    }

    @Override
    @SuppressWarnings("unchecked") // a continuation of anything is one of Unit: Kotlin's type is contravariant, Java's cannot say so
    public final Continuation<Unit> create(@Nullable Object value, Continuation<?> completion) {
        Coroutine<T> made = of((Continuation<Object>) completion);
        made.scope = value instanceof CoroutineScope given ? given : scope;
        return (Continuation<Unit>) (Continuation<?>) made;
    }

    @Override
    public final @Nullable Object invoke(CoroutineScope given, Continuation<? super T> completion) {
        return ((Coroutine<?>) (Continuation<?>) create(given, completion)).invokeSuspend(Unit.INSTANCE);
    }

    @Override
    protected final @Nullable Object invokeSuspend(Object result) {
        ResultKt.throwOnFailure(result);
        try {
            return resume(result);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
