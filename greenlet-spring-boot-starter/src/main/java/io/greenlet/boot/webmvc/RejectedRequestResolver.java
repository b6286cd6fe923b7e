package io.greenlet.boot.webmvc;

import io.greenlet.boot.web.GreenWebProperties;
import io.greenlet.boot.web.Rejections;
import io.greenlet.pool.RejectedSubmission;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.web.servlet.HandlerExceptionResolver;
import org.springframework.web.servlet.ModelAndView;

/// Gives a request that a pool has rejected its status, and leaves the answer's body to the error page. The last of the
/// resolvers: an `@ExceptionHandler` of the application has had its turn by then.
final class RejectedRequestResolver implements HandlerExceptionResolver {

    private final GreenWebProperties properties;

    RejectedRequestResolver(GreenWebProperties properties) {
        this.properties = properties;
    }

    @Override
    public @Nullable ModelAndView resolveException(HttpServletRequest request, HttpServletResponse response,
            @Nullable Object handler, Exception failure) {
        RejectedSubmission rejection = Rejections.find(failure);
        if (rejection == null || response.isCommitted()) {
            return null;
        }
        String seconds = properties.retryAfterSeconds();
        if (seconds != null) {
            response.setHeader(HttpHeaders.RETRY_AFTER, seconds);
        }
        try {
            response.sendError(properties.rejectedStatus(), rejection.getMessage());
        } catch (IOException e) {
            return null; // the client has gone
        }
        return new ModelAndView();
    }
}
