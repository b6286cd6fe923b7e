package io.greenlet.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import io.greenlet.GreenThread;
import io.greenlet.Hub;
import io.greenlet.HubContract;
import io.greenlet.Latch;
import io.greenlet.OnlyOn;
import io.greenlet.debug.HubDebug;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A connection pool behind a pool of green threads: those who wait do so in front of it, in line, seen, and without its
/// time-out.
///
/// JDBC blocks in the JDK, so on the hubs where that is green; and the callers of the tests only start and look.
@OnlyOn(value = {HubContract.HubKind.PARALLEL,
        HubContract.HubKind.OWN_CARRIER}, from = HubContract.Caller.PLATFORM_THREAD)
final class ConnectionPoolTests extends PoolContract {

    private static final int THREADS = 1_000;
    private static final int CONNECTIONS = 10;

    /// The shortest that Hikari allows.
    private static final Duration PATIENCE_OF_HIKARI = Duration.ofMillis(250);

    private final HikariDataSource database = database();
    private final AtomicInteger connected = new AtomicInteger();
    private final AtomicInteger mostConnected = new AtomicInteger();
    private final AtomicInteger done = new AtomicInteger();

    private static HikariDataSource database() {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl("jdbc:h2:mem:" + UUID.randomUUID());
        config.setMaximumPoolSize(CONNECTIONS);
        config.setConnectionTimeout(PATIENCE_OF_HIKARI.toMillis());
        return new HikariDataSource(config);
    }

    @BeforeEach
    void makeTheTable() throws SQLException {
        try (Connection connection = database.getConnection(); Statement statement = connection.createStatement()) {
            statement.execute("create table visit (number int primary key, before_it int)");
        }
        waitUntil("all connections are made", () -> hikari().getIdleConnections() == CONNECTIONS);
    }

    @AfterEach
    void closeTheDatabase() {
        database.close();
    }

    private HikariPoolMXBean hikari() {
        return database.getHikariPoolMXBean();
    }

    /// Notes a visit, once the gate is open, on a connection that it holds meanwhile.
    private int visit(int number, Latch gate) throws SQLException, InterruptedException {
        int before = done.get();
        try (Connection connection = database.getConnection();
                PreparedStatement insert = connection.prepareStatement("insert into visit values (?, ?)")) {
            mostConnected.accumulateAndGet(connected.incrementAndGet(), Math::max);
            gate.await();
            insert.setInt(1, number);
            insert.setInt(2, before);
            int rows = insert.executeUpdate();
            connected.decrementAndGet();
            return rows;
        } finally {
            done.incrementAndGet();
        }
    }

    private int count(String condition) throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("select count(*) from visit where " + condition)) {
            assertThat(result.next()).isTrue();
            return result.getInt(1);
        }
    }

    @Test
    void aThousandGreenThreadsShareTenConnectionsAndNoneTimesOut() throws Exception {
        GreenPool pool = pool(PoolOptions.named("db").withSize(CONNECTIONS));
        Latch gate = new Latch(1);
        List<GreenThread<Integer>> visits = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            int number = i;
            visits.add(pool.submit(() -> visit(number, gate)));
        }
        waitUntil("all connections are in use", () -> connected.get() == CONNECTIONS);
        assertThat(hikari().getActiveConnections()).isEqualTo(CONNECTIONS);
        waitUntilHubTime(hub().nanoTime() + PATIENCE_OF_HIKARI.plusMillis(50).toNanos());

        PoolSnapshot now = pool.snapshot();
        assertThat(pool.waiting()).isEqualTo(THREADS - CONNECTIONS);
        assertThat(now.running()).isEqualTo(CONNECTIONS);
        assertThat(now.oldestWait()).isGreaterThan(PATIENCE_OF_HIKARI);
        assertThat(hikari().getThreadsAwaitingConnection()).as("waiting in Hikari, where nobody sees them").isZero();
        assertThat(pool.tasks()).hasSize(CONNECTIONS).allSatisfy(task -> assertThat(task.stack())
                .anyMatch(frame -> frame.getMethodName().equals("visit")));

        gate.countDown();
        for (GreenThread<Integer> visit : visits) {
            assertThat(visit.await()).isEqualTo(1);
        }
        assertThat(mostConnected).hasValue(CONNECTIONS);
        assertThat(count("true")).isEqualTo(THREADS);
        assertThat(count("number - before_it >= " + CONNECTIONS)).as("of those that overtook others").isZero();
        waitUntil("all connections are back", () -> hikari().getActiveConnections() == 0);
        assertThat(pool.snapshot().completed()).isEqualTo(THREADS);
    }

    @Test
    void whoWaitsIsSeenWithItsName() throws Exception {
        GreenPool pool = pool(PoolOptions.named("db").withSize(CONNECTIONS));
        Latch gate = new Latch(1);
        Hub.recordSpawns(true);
        try {
            for (int i = 0; i < CONNECTIONS; i++) {
                int number = i;
                pool.submit(() -> visit(number, gate)).link(GreenThread::isDone);
            }
            GreenThread<Integer> caller = spawn(() -> pool.spawn(() -> visit(CONNECTIONS, gate)).await());
            waitUntilWaiting(pool, 1);
            waitUntil("the caller waits for the pool",
                    () -> HubDebug.text(hub()).contains(caller.name() + ": waiting, waits for pool 'db'"));
            gate.countDown();
            assertThat(caller.await()).isEqualTo(1);
        } finally {
            Hub.recordSpawns(false);
        }
    }

    /// What the pool in front is good for.
    @Test
    void withoutThePoolThoseWhoWaitDoSoUnseenAndTimeOut() throws Exception {
        GreenPool unrelated = pool(THREADS);
        Latch gate = new Latch(1);
        List<GreenThread<Integer>> holders = new ArrayList<>();
        for (int i = 0; i < CONNECTIONS; i++) {
            int number = i;
            holders.add(spawn(() -> visit(number, gate)));
        }
        waitUntil("all connections are in use", () -> connected.get() == CONNECTIONS);
        GreenThread<Integer> late = spawn(() -> visit(CONNECTIONS, gate));
        waitUntil("it waits in Hikari", () -> hikari().getThreadsAwaitingConnection() == 1);
        assertThat(unrelated.waiting()).isZero();
        assertThatThrownBy(late::await).cause().isInstanceOf(SQLTransientConnectionException.class)
                .hasMessageContaining("request timed out after");
        gate.countDown();
        for (GreenThread<Integer> holder : holders) {
            assertThat(holder.await()).isEqualTo(1);
        }
    }
}
