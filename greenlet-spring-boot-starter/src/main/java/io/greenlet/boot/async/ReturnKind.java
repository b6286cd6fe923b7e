package io.greenlet.boot.async;

import org.jspecify.annotations.Nullable;

/// What a `@GreenAsync` method may return.
enum ReturnKind {

    /// Nobody waits; failures go to a handler.
    VOID,

    /// The task's own handle.
    HANDLE,

    /// A future that follows the task.
    STAGE,

    /// A cold publisher of at most one value.
    MONO,

    /// A cold publisher.
    FLUX;

    /// By name, since Reactor may be absent; null if it is none of them.
    static @Nullable ReturnKind of(Class<?> type) {
        return switch (type.getName()) {
            case "void" -> VOID;
            case "java.util.concurrent.Future", "io.greenlet.GreenThread" -> HANDLE;
            case "java.util.concurrent.CompletionStage", "java.util.concurrent.CompletableFuture" -> STAGE;
            case "reactor.core.publisher.Mono" -> MONO;
            case "reactor.core.publisher.Flux" -> FLUX;
            default -> null;
        };
    }
}
