package io.greenlet.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.ChildJvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A server that runs out of descriptors, in a JVM of its own.
@Timeout(120)
final class AcceptFailureTests {

    @Test
    void aServerWithoutDescriptorsReportsOnceWaitsAndGoesOn(@TempDir Path directory) throws Exception {
        Path file = Files.createFile(directory.resolve("file"));
        ChildJvm program = ChildJvm.run(List.of(), AcceptFailureProgram.class, file.toString());
        assertThat(program.lines()).as(program.errors()).filteredOn("heard: hello"::equals).hasSize(2);
        assertThat(program.said("reports")).isEqualTo("[accept of server 'server': Too many open files]");
        assertThat(program.said("attempts in half a second")).isEqualTo("few");
        assertThat(program.said("stop"))
                .matches("StopReport\\[server=server, served=2, finished=[01], killed=0, left=\\[]]");
    }
}
