package io.greenlet.benchmarks.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
final class MachineTests {

    @Test
    void versionsAreReadFromMavensList() {
        assertThat(Machine.versions("""
                The following files have been resolved:
                   com.softwaremill.jox:channels:jar:1.0.1:compile
                   io.netty:netty-transport:jar:4.2.15.Final:compile -- module io.netty.transport
                   org.slf4j:slf4j-api:jar:2.0.18:compile -- module org.slf4j
                """)).isEqualTo(Map.of("Jox", "1.0.1", "Netty", "4.2.15.Final"));
    }
}
