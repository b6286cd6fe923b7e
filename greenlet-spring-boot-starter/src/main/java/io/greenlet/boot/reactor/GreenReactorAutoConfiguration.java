package io.greenlet.boot.reactor;

import io.greenlet.boot.GreenPoolAutoConfiguration;
import io.greenlet.boot.GreenPools;

import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Role;
import reactor.core.scheduler.NonBlocking;

/// Tells every pool which threads must never block, where Reactor is present: event loops, and those of
/// `Schedulers.parallel()` and `single()`.
@AutoConfiguration(after = GreenPoolAutoConfiguration.class)
@ConditionalOnClass(NonBlocking.class)
@ConditionalOnBean(GreenPools.class)
public final class GreenReactorAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    static NonBlockingThreads greenNonBlockingThreads() {
        return new NonBlockingThreads();
    }
}
