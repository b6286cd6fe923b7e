package io.greenlet.sample;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/// The jar that the build makes: it starts without a flag, says where to look, serves its site from the jar within the
/// jar, checks it, and stops when asked to.
@Timeout(value = 120, threadMode = ThreadMode.SEPARATE_THREAD)
class RepackagedJarIT {

    @Test
    void startsChecksAndStops() throws IOException, InterruptedException {
        String jar = requireNonNull(System.getProperty("sample.jar"));
        try (SampleProcess sample = new SampleProcess(List.of("-jar", jar))) {
            assertThat(sample.log()).noneMatch(line -> line.contains("WARNING"))
                    .noneMatch(line -> line.contains(" WARN "));

            assertThat(sample.get("/")).contains("<title>Link checker");
            assertThat(sample.get("/site/")).contains("AssertJ Core");
            assertThat(sample.check(200)).contains("\"status\":\"FINISHED\"", "\"pages\":200");

            sample.stops();
        }
    }
}
