package io.greenlet.benchmarks.measure;

import io.greenlet.Hub;
import io.greenlet.net.GreenNet;
import io.greenlet.net.ServeOptions;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/// The program of an echo server: its kind. It says `port <n>` and serves until its input ends, which is when its starter does.
final class EchoServer {

    private static final int BACKLOG = 1_024;
    private static final int CONNECTIONS = 20_000;

    /// A server that is up, or goes on in threads of its own.
    @FunctionalInterface
    interface Kind {

        int start() throws Exception;
    }

    static final Map<String, Kind> KINDS = kinds();

    private EchoServer() {}

    private static Map<String, Kind> kinds() {
        Map<String, Kind> kinds = new LinkedHashMap<>();
        kinds.put("greenNet", () -> greenNet(Hub.parallel()));
        kinds.put("greenNetCooperative", () -> greenNet(Hub.cooperative("echo")));
        kinds.put("bareVirtualThread", EchoServer::bare);
        kinds.put("netty", EchoServer::netty);
        return kinds;
    }

    public static void main(String[] arguments) throws Exception {
        System.out.println("port " + Objects.requireNonNull(KINDS.get(arguments[0])).start());
        while (System.in.read() >= 0) {
            Thread.onSpinWait();
        }
        Runtime.getRuntime().halt(0);
    }

    private static InetSocketAddress anyPort() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    private static int greenNet(Hub hub) throws IOException {
        return GreenNet.start(GreenNet.listen(anyPort()), EchoServer::echo,
                ServeOptions.named("echo").withHub(hub).withConcurrency(CONNECTIONS)).port();
    }

    private static int bare() throws IOException {
        ServerSocket listener = new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress());
        Thread.startVirtualThread(() -> {
            while (true) {
                try {
                    Socket connection = listener.accept();
                    Thread.startVirtualThread(() -> echoUntilClosed(connection));
                } catch (IOException e) {
                    throw new IllegalStateException("accept must not fail", e);
                }
            }
        });
        return listener.getLocalPort();
    }

    private static void echoUntilClosed(Socket connection) {
        try (connection) {
            echo(connection);
        } catch (IOException e) {
            System.err.println("a connection broke: " + e);
        }
    }

    private static void echo(Socket connection) throws IOException {
        connection.setTcpNoDelay(true);
        InputStream in = connection.getInputStream();
        OutputStream out = connection.getOutputStream();
        byte[] bytes = new byte[256];
        for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
            out.write(bytes, 0, count);
        }
    }

    private static int netty() throws InterruptedException {
        ServerBootstrap server = new ServerBootstrap()
                .group(new MultiThreadIoEventLoopGroup(Runtime.getRuntime().availableProcessors(),
                        NioIoHandler.newFactory()))
                .channel(NioServerSocketChannel.class).option(ChannelOption.SO_BACKLOG, BACKLOG)
                .childOption(ChannelOption.TCP_NODELAY, true).childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
                            @Override
                            public void channelRead(ChannelHandlerContext context, Object message) {
                                var _ = context.writeAndFlush(message, context.voidPromise());
                            }
                        });
                    }
                });
        return ((InetSocketAddress) server.bind(anyPort()).sync().channel().localAddress()).getPort();
    }
}
