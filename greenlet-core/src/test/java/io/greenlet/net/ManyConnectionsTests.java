package io.greenlet.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.ChildJvm;
import io.greenlet.HubContract.Caller;
import io.greenlet.HubContract.HubKind;
import io.greenlet.OnlyOn;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Servers with many connections, whose clients live in another JVM: 10,000 with `mvn verify -Pdeep`. Not on the simulated
/// hub, where this takes as long as it takes.
@OnlyOn(value = {HubKind.PARALLEL, HubKind.OWN_CARRIER, HubKind.BATON}, from = Caller.PLATFORM_THREAD)
@Timeout(180)
final class ManyConnectionsTests extends NetContract {

    private static final int COUNT = DEEP ? 10_000 : 500;
    private static final int ACTIVE = COUNT / 10;
    private static final int ROUNDS = DEEP ? 100 : 20;

    private Actor<ChildJvm> clients(GreenServer server, ServerSocket control, int active, int rounds) {
        return fork(() -> ChildJvm.run(List.of(), ManyClientsProgram.class, String.valueOf(server.port()),
                String.valueOf(control.getLocalPort()), String.valueOf(COUNT), String.valueOf(active),
                String.valueOf(rounds)));
    }

    private static void waitUntilActive(Socket control) throws Exception {
        control.setSoTimeout(60_000);
        assertThat(hear(control, "all are active".length())).isEqualTo("all are active");
    }

    @Test
    void manyAreOpenAndSomeActiveAndAllFinishWithinTheDeadline() throws Exception {
        GreenServer server = start(NetContract::echo, options().withConcurrency(COUNT));
        Actor<ChildJvm> clients;
        Actor<StopReport> stopping;
        try (ServerSocket listener = listener()) {
            clients = clients(server, listener, ACTIVE, ROUNDS);
            try (Socket control = GreenNet.accept(listener)) {
                waitUntilActive(control);
                waitUntilOpen(server, COUNT); // a client may be active, and another one still in the backlog
                stopping = fork(() -> server.stop(Duration.ofSeconds(60)));
                waitUntil("it stops", () -> !server.isAccepting());
                say(control, "go on");
                ChildJvm said = clients.result();
                assertThat(said.said("ends")).as(said.toString()).isEqualTo(String.valueOf(COUNT));
                assertThat(said.errors()).isEmpty();
                if (DEEP) {
                    System.out.println(hub() + ": " + COUNT + " connections, " + ACTIVE + " active: " + said.lines());
                }
            }
        }
        assertThat(stopping.result()).isEqualTo(new StopReport("echo", COUNT, COUNT, 0, List.of()));
        ServerSnapshot end = server.snapshot();
        assertThat(end.completed()).isEqualTo(COUNT);
        assertSum(end);
    }

    @Test
    void manyThatHangAreKilledAndCounted() throws Exception {
        GreenServer server = start(connection -> {
            echoOnce(connection);
            connection.getInputStream().read();
        }, options().withConcurrency(COUNT));
        try (ServerSocket listener = listener()) {
            Actor<ChildJvm> clients = clients(server, listener, ACTIVE, 0);
            try (Socket control = GreenNet.accept(listener)) {
                waitUntilActive(control);
                waitUntilOpen(server, COUNT);
                say(control, "go on");
                assertThat(server.stop(SHORT)).isEqualTo(new StopReport("echo", COUNT, 0, COUNT, List.of()));
                ChildJvm said = clients.result();
                assertThat(said.said("ends")).as(said.toString()).isEqualTo(String.valueOf(COUNT));
            }
        }
    }

    private static void echoOnce(Socket connection) throws Exception {
        byte[] bytes = new byte[100];
        int count = connection.getInputStream().read(bytes);
        connection.getOutputStream().write(bytes, 0, count);
    }
}
