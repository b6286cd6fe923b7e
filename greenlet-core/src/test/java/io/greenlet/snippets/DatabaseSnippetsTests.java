package io.greenlet.snippets;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.greenlet.pool.GreenPool;
import io.greenlet.pool.Lease;
import io.greenlet.pool.PoolOptions;
import io.greenlet.pool.ResourceOptions;
import io.greenlet.pool.ResourcePool;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DatabaseSnippetsTests {

    /// Stands for what is dear to make.
    static final class Session implements AutoCloseable {

        private final List<String> sent = new ArrayList<>();
        private boolean open = true;

        boolean isAlive() {
            return open;
        }

        void reset() {
            sent.clear();
        }

        void send(String line) throws IOException {
            if (!open) {
                throw new IOException("closed");
            }
            sent.add(line);
        }

        @Override
        public void close() {
            open = false;
        }
    }

    // @start region="insert"
    static int insert(DataSource database, int number) {
        try (Connection connection = database.getConnection(); // there is always one: see the size of the pool
                PreparedStatement insert = connection.prepareStatement("insert into visit values (?)")) {
            insert.setInt(1, number);
            return insert.executeUpdate();
        } catch (SQLException e) {
            throw new CompletionException(e);
        }
    }
    // @end

    @Test
    void database() throws SQLException {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl("jdbc:h2:mem:snippet");
        config.setMaximumPoolSize(10);
        try (HikariDataSource database = new HikariDataSource(config)) {
            try (Connection connection = database.getConnection(); Statement statement = connection.createStatement()) {
                statement.execute("create table visit (number int)");
            }
            List<Integer> visits = IntStream.range(0, 1_000).boxed().toList();
            // @start region="database"
            try (GreenPool db = GreenPool.of(PoolOptions.named("db").withSize(10)); // the DataSource has ten
                    Stream<Integer> rows = db.imap(visit -> insert(database, visit), visits)) {
                System.out.println(rows.mapToInt(Integer::intValue).sum() + " rows, " + db.snapshot());
            }
            // @end
            try (Connection connection = database.getConnection();
                    Statement statement = connection.createStatement();
                    ResultSet count = statement.executeQuery("select count(*) from visit")) {
                assertThat(count.next()).isTrue();
                assertThat(count.getInt(1)).isEqualTo(1_000);
            }
        }
    }

    @Test
    void resources() throws Exception {
        // @start region="resources"
        var options = ResourceOptions.<Session>named("partner").withSize(1, 8) // one kept, eight at most
                .withMaxIdle(Duration.ofMinutes(5)) // the others go after that
                .withMaxAge(Duration.ofHours(1))
                .withMaxWait(Duration.ofSeconds(2)) // in line; then a ResourceUnavailable with the figures
                .withCheck(Session::isAlive, Duration.ofSeconds(30)) // before it is handed out, if idle for so long
                .withCleanup(Session::reset); // when it comes back
        try (ResourcePool<Session> pool = ResourcePool.of(options, Session::new)) {
            try (Lease<Session> lease = pool.lease()) {
                send(lease, "hello");
            }
            System.out.println(pool.snapshot()); // size, free, inUse, idle, waiting, oldestWait, created, …
        }
        // @end
    }

    // @start region="discard"
    static void send(Lease<Session> lease, String line) throws IOException {
        try {
            lease.resource().send(line);
        } catch (IOException e) {
            lease.discard(); // broken: the next in line makes another one
            throw e;
        }
    }
    // @end
}
