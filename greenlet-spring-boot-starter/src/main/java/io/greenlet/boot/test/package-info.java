/// For the tests of applications: a simulated hub with its seed, a check that a test leaves nothing behind, and a slice of
/// an application that is green pools only.
///
/// ```
///   @GreenletTest ──▶ SpringExtension: pools, @GreenAsync, the beans under test
///        │                    │ simulated = true: the hub of the pools is a SimulatedHub
///        └──▶ GreenletExtension ──▶ begin: seed, hub, what there is already
///                 ▲              ──▶ end:   what there is now and was not then; the seed in the failure
///        @ExtendWith, without Spring
/// ```
///
/// - [io.greenlet.boot.test.GreenletExtension]: each test a [io.greenlet.SimulatedHub] of its own, and nothing left behind.
/// - [io.greenlet.boot.test.GreenletSeed], [io.greenlet.boot.test.GreenletSeeds]: one seed again, many seeds at once.
/// - [io.greenlet.boot.test.GreenletTest]: a Spring test with green pools and the beans it names, and nothing else.
/// - [io.greenlet.boot.test.AllowLeaks]: this test leaves something behind, for a reason.
///
/// {@snippet lang="java" :
/// @ExtendWith(GreenletExtension.class)
/// class RetryTests {
///
///     @Test
///     void triesAgainAfterASecond(SimulatedHub hub) {
///         GreenThread<String> answer = hub.spawn(() -> new Retry(Duration.ofSeconds(1)).call(flaky));
///         hub.run();
///         assertThat(answer.resultNow()).isEqualTo("fine");
///         assertThat(hub.nanoTime()).isEqualTo(Duration.ofSeconds(1).toNanos());
///     }
/// }
/// }
///
/// Needs JUnit, which `spring-boot-starter-test` brings; the parts for Spring need spring-test and Spring Boot's slices,
/// which it brings too.
@NullMarked
package io.greenlet.boot.test;

import org.jspecify.annotations.NullMarked;
