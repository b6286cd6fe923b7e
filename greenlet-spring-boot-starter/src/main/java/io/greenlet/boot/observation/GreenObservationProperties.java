package io.greenlet.boot.observation;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// What `greenlet.observations.*` says.
///
/// @param enabled Whether the wait and the run of every task is observed: as a span where there is a tracer, and as
///     timers beside those that pools have in any case.
@ConfigurationProperties("greenlet.observations")
public record GreenObservationProperties(@DefaultValue("false") boolean enabled) {}
