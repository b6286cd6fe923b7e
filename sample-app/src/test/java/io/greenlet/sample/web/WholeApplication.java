package io.greenlet.sample.web;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.junit.jupiter.api.Timeout;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.webtestclient.autoconfigure.AutoConfigureWebTestClient;

/// A test of the whole application over real HTTP on a free port, without the delay of the bundled site.
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT, properties = {"checker.site-latency=0s",
        "greenlet.pools.checks.size=2", "greenlet.pools.checks.queue-capacity=2", "checker.remembered=5"})
@AutoConfigureWebTestClient(timeout = "60s")
@Timeout(120)
@interface WholeApplication {}
