package io.greenlet.boot.snippets;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.Hub;
import io.greenlet.boot.GreenPoolAutoConfiguration;
import io.greenlet.pool.GreenPool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/// docs/configuration.md: its table is that of the metadata, its YAML works.
///
/// `-Dgreenlet.docs.write=true` writes the table into the page.
@Timeout(60)
class ConfigurationPageTests {

    private static final Path PAGE = Path.of("..", "docs", "configuration.md");
    private static final String BEGIN = "<!-- properties: made from the metadata by ConfigurationPageTests -->\n";
    private static final String END = "<!-- /properties -->";

    @Test
    void theTableHasEveryProperty() throws IOException {
        String page = Files.readString(PAGE);
        int begin = page.indexOf(BEGIN) + BEGIN.length();
        int end = page.indexOf(END);
        String made = PropertyTable.markdown() + '\n';
        if (Boolean.getBoolean("greenlet.docs.write")) {
            Files.writeString(PAGE, page.substring(0, begin) + made + page.substring(end));
            return;
        }
        assertThat(page.substring(begin, end))
                .as("the table in %s; to write it, run this test with -Dgreenlet.docs.write=true", PAGE)
                .isEqualTo(made);
    }

    @Test
    void theTableKnowsSettingsOfPoolsAndHubs() {
        assertThat(PropertyTable.markdown()).contains(
                "| `greenlet.pools.*.size` | number | `1000` | How many tasks may run at once.",
                "| `greenlet.pools.*.when-full` | `block`, `queue`, `reject`, `caller-runs` | `block` | What handing in",
                "| `greenlet.hubs.*.mode` | `parallel`, `cooperative` | `parallel` | How green threads are",
                "| `greenlet.shutdown-grace` | duration | `30s` | How long pools let",
                "| `management.endpoint.greenpools.access` | ");
    }

    @Test
    void theYamlSharesAHub() throws IOException {
        new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(GreenPoolAutoConfiguration.class))
                .withPropertyValues(Pages.yaml("docs/configuration.md")).run(context -> {
                    assertThat(context).hasNotFailed();
                    Hub accounts = context.getBean("accounts", Hub.class);
                    assertThat(context.getBean("transfers", GreenPool.class).hub()).isSameAs(accounts);
                    assertThat(context.getBean("reports", GreenPool.class).hub()).isSameAs(accounts);
                    assertThat(context.getBean("mail", GreenPool.class).hub()).isSameAs(Hub.parallel());
                });
    }
}
