package io.greenlet.boot.cloud;

import io.greenlet.boot.GreenPoolSettings;

import org.springframework.cloud.context.environment.EnvironmentChangeEvent;
import org.springframework.context.ApplicationListener;

/// Hears of a change of the environment. Which keys the event names does not matter: what a pool's setting refers to by a
/// placeholder may have changed as well.
final class EnvironmentFollower implements ApplicationListener<EnvironmentChangeEvent> {

    private final GreenPoolSettings settings;

    EnvironmentFollower(GreenPoolSettings settings) {
        this.settings = settings;
    }

    @Override
    public void onApplicationEvent(EnvironmentChangeEvent event) {
        settings.follow();
    }
}
