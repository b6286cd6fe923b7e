package io.greenlet.boot.actuate;

import io.greenlet.boot.GreenPools;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.boot.actuate.endpoint.web.annotation.EndpointWebExtension;

/// The resize over HTTP. Answers a bad request with its reason in the body, which Spring Boot's own error page leaves
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

    /// Resizes a pool now.
    ///
    /// @param name its bean name
    /// @param size how many tasks may run at once, as it came
    /// @return 200 with the pool in detail, 400 for a bad or missing size, 404 for an unknown name
    @WriteOperation
    public WebEndpointResponse<Object> resize(@Selector String name, @Nullable String size) {
        if (pools.find(name).isEmpty()) {
            return refuse(WebEndpointResponse.STATUS_NOT_FOUND,
                    "no green pool '" + name + "', known pools: " + String.join(", ", pools.names()));
        }
        if (size == null) {
            return refuse(WebEndpointResponse.STATUS_BAD_REQUEST, "size must be given, as in {\"size\": 50}");
        }
        try {
            PoolDetail resized = endpoint.resize(name, Integer.parseInt(size));
            return new WebEndpointResponse<>(resized, WebEndpointResponse.STATUS_OK);
        } catch (NumberFormatException e) {
            return refuse(WebEndpointResponse.STATUS_BAD_REQUEST, "size must be a whole number: " + size);
        } catch (InvalidEndpointRequestException e) {
            return refuse(WebEndpointResponse.STATUS_BAD_REQUEST, String.valueOf(e.getMessage()));
        }
    }

    private static WebEndpointResponse<Object> refuse(int status, String message) {
        return new WebEndpointResponse<>(Map.of("status", status, "message", message), status);
    }
}
