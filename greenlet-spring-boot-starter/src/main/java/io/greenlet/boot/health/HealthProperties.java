package io.greenlet.boot.health;

import io.greenlet.boot.InvalidValue;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// What `greenlet.health.*` says.
///
/// @param saturatedStatus The health status when a pool is saturated and none is stalled. With UP it is seen in the details only.
@ConfigurationProperties("greenlet.health")
public record HealthProperties(@DefaultValue("UP") String saturatedStatus) {

    /// Checks the values.
    public HealthProperties {
        InvalidValue.check(!saturatedStatus.isBlank(), "saturated-status", "must not be blank",
                '\'' + saturatedStatus + '\'', "a status code, such as UP, UNKNOWN or OUT_OF_SERVICE");
    }
}
