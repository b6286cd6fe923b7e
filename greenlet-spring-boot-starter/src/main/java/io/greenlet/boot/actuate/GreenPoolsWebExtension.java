package io.greenlet.boot.actuate;

import io.greenlet.boot.GreenPools;
import java.security.Principal;
import java.util.LinkedHashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.SecurityContext;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.boot.actuate.endpoint.web.annotation.EndpointWebExtension;

/// The changes over HTTP. Answers a bad request with its reason in the body, which Spring Boot's own error page leaves
/// out, and an unknown name with 404.
@EndpointWebExtension(endpoint = GreenPoolsEndpoint.class)
public final class GreenPoolsWebExtension {

    private final GreenPoolsEndpoint endpoint;
    private final GreenPools pools;

    /// An extension.
    ///
    /// @param endpoint what it extends
    /// @param pools the pools, to name them
    public GreenPoolsWebExtension(GreenPoolsEndpoint endpoint, GreenPools pools) {
        this.endpoint = endpoint;
        this.pools = pools;
    }

    /// Changes any of a pool's settings now, all at once; null leaves a setting as it is.
    ///
    /// @param security who asks
    /// @param name its bean name
    /// @param size how many tasks may run at once, as it came
    /// @param whenFull what handing in a task does when no slot is free
    /// @param maxWait how long a caller waits for a slot; empty or `none` for no limit
    /// @param queueCapacity how many tasks may stand in line without a caller; empty or `none` for no limit
    /// @param taskTimeout how long a task may run; empty or `none` for no limit
    /// @return 200 with the pool in detail, 400 for a bad value, an unknown field or nothing at all, 404 for an unknown name
    @WriteOperation
    public WebEndpointResponse<Object> reconfigure(SecurityContext security, @Selector String name,
            @Nullable String size, @Nullable String whenFull, @Nullable String maxWait,
            @Nullable String queueCapacity, @Nullable String taskTimeout) {
        if (pools.find(name).isEmpty()) {
            return refuse(WebEndpointResponse.STATUS_NOT_FOUND,
                    "no green pool '" + name + "', known pools: " + String.join(", ", pools.names()));
        }
        try {
            PoolChange change = PoolChange.of(size, whenFull, maxWait, queueCapacity, taskTimeout);
            return new WebEndpointResponse<>(endpoint.change(name, change, who(security)),
                    WebEndpointResponse.STATUS_OK);
        } catch (InvalidEndpointRequestException e) {
            return refuse(WebEndpointResponse.STATUS_BAD_REQUEST, String.valueOf(e.getMessage()));
        }
    }

    private static String who(SecurityContext security) {
        Principal principal = security.getPrincipal();
        return principal == null
                ? "the actuator"
                : "the actuator for '" + principal.getName().replaceAll("\\p{Cntrl}", "?") + '\'';
    }

    static WebEndpointResponse<Object> refuse(int status, String message) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("status", status);
        body.put("message", message);
        return new WebEndpointResponse<>(body, status);
    }
}
