package io.greenlet.boot.actuate;

import io.greenlet.boot.GreenHubs;
import java.util.LinkedHashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;

/// Shows the hubs of the context and who lives on them.
@Endpoint(id = "greenhub")
public final class GreenHubEndpoint {

    private final GreenHubs hubs;

    /// An endpoint.
    ///
    /// @param hubs what to show
    public GreenHubEndpoint(GreenHubs hubs) {
        this.hubs = hubs;
    }

    /// Returns all hubs.
    ///
    /// @return their figures by name
    @ReadOperation
    public HubsDescriptor hubs() {
        Map<String, HubFigures> figures = new LinkedHashMap<>();
        hubs.all().forEach((name, hub) -> figures.put(name, HubFigures.of(hub.snapshot(), hubs.poolsOn(hub))));
        return new HubsDescriptor(figures);
    }

    /// Returns one hub in detail.
    ///
    /// @param name its name
    /// @return its figures and green threads, or null if there is no such hub
    @ReadOperation
    public @Nullable HubDetail hub(@Selector String name) {
        return hubs.find(name).map(hub -> HubDetail.of(name, hub, hubs.poolsOn(hub))).orElse(null);
    }

    /// All hubs.
    ///
    /// @param hubs their figures by name
    public record HubsDescriptor(Map<String, HubFigures> hubs) {}
}
