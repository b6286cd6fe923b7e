package io.greenlet.boot.webmvc;

import io.greenlet.GreenThread;

import org.jspecify.annotations.Nullable;
import org.springframework.core.MethodParameter;
import org.springframework.web.context.request.NativeWebRequest;
import org.springframework.web.context.request.async.AsyncRequestTimeoutException;
import org.springframework.web.context.request.async.DeferredResult;
import org.springframework.web.context.request.async.WebAsyncUtils;
import org.springframework.web.method.support.AsyncHandlerMethodReturnValueHandler;
import org.springframework.web.method.support.ModelAndViewContainer;

/// Lets controllers return a [GreenThread]: the request is answered when that has ended, and no thread waits for it. Timed
/// out, or with its client gone, the request kills it.
final class GreenThreadReturnValue implements AsyncHandlerMethodReturnValueHandler {

    @Override
    public boolean supportsReturnType(MethodParameter type) {
        return GreenThread.class.isAssignableFrom(type.getParameterType());
    }

    /// Asked for a value of whatever type, so that this goes before those for `@ResponseBody`.
    @Override
    public boolean isAsyncReturnValue(@Nullable Object value, MethodParameter type) {
        return value instanceof GreenThread;
    }

    @Override
    public void handleReturnValue(@Nullable Object value, MethodParameter type, ModelAndViewContainer container,
            NativeWebRequest request) throws Exception {
        if (value == null) {
            container.setRequestHandled(true);
            return;
        }
        WebAsyncUtils.getAsyncManager(request).startDeferredResultProcessing(result((GreenThread<?>) value), container);
    }

    @SuppressWarnings("FutureReturnValueIgnored") // it ends with the green thread, whose end is told
    private static DeferredResult<Object> result(GreenThread<?> thread) {
        DeferredResult<Object> result = new DeferredResult<>();
        thread.toCompletableFuture().whenComplete((value, failure) -> {
            if (failure == null) {
                result.setResult(value);
            } else {
                result.setErrorResult(failure);
            }
        });
        result.onTimeout(() -> {
            result.setErrorResult(new AsyncRequestTimeoutException()); // before the kill ends in a result
            thread.cancel(true);
        });
        result.onError(_ -> thread.cancel(true));
        result.onCompletion(() -> thread.cancel(true));
        return result;
    }
}
