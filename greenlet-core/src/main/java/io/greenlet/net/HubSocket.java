package io.greenlet.net;

import io.greenlet.Hub;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;
import java.net.SocketOption;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// A connected socket whose streams wait by [Hub#awaitReady(java.nio.channels.SelectableChannel, int)] of the caller's
/// hub, where the JDK's would hold up a hub that passes a baton. All else is asked of the JDK's socket of the channel,
/// none of which waits. Since it is a [Socket], the JDK's TLS can be laid over it.
///
/// Each read and write tries first and waits when there is nothing to be had, so it costs a wait only where it has to.
/// One may read and another one write at the same time; two readers, or two writers, are told so by an
/// [IllegalStateException] when they would wait.
///
/// Close: who waits gets an [java.nio.channels.AsynchronousCloseException], as from the JDK's socket of a channel.
///
/// Interruption: ends the wait with an [InterruptedIOException] and the flag set; unlike the JDK's, the socket stays open.
///
/// Why not on every hub: on the parallel one an echo over it cost 16 µs of CPU where the JDK's socket took 7 (100
/// connections).
final class HubSocket extends Socket {

    private final SocketChannel channel;
    private final Socket plain;
    private final InputStream input = new Input();
    private final OutputStream output = new Output();

    private HubSocket(SocketChannel channel) throws SocketException {
        super((SocketImpl) null); // the channel's takes its place in every method
        this.channel = channel;
        this.plain = channel.socket();
    }

    /// Makes a socket of a connected channel: one that is green on the caller's hub.
    static Socket of(SocketChannel channel) throws IOException {
        boolean greens = Hub.current().greensJdkBlocking();
        channel.configureBlocking(greens);
        return greens ? channel.socket() : new HubSocket(channel);
    }

    // ---- what may wait

    private final class Input extends InputStream {

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            Objects.checkFromIndexSize(offset, length, bytes.length);
            if (length == 0) {
                return 0;
            }
            ByteBuffer buffer = ByteBuffer.wrap(bytes, offset, length);
            for (;;) {
                int count = channel.read(buffer);
                if (count != 0) {
                    return count;
                }
                awaitReady(SelectionKey.OP_READ, getSoTimeout());
            }
        }

        @Override
        public int available() throws IOException {
            return plain.getInputStream().available();
        }

        @Override
        public void close() throws IOException {
            HubSocket.this.close();
        }
    }

    private final class Output extends OutputStream {

        @Override
        public void write(int one) throws IOException {
            write(new byte[]{(byte) one}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            ByteBuffer buffer = ByteBuffer.wrap(bytes, offset, length);
            while (buffer.hasRemaining()) {
                if (channel.write(buffer) == 0) {
                    awaitReady(SelectionKey.OP_WRITE, 0);
                }
            }
        }

        @Override
        public void close() throws IOException {
            HubSocket.this.close();
        }
    }

    private void awaitReady(int op, int timeoutMillis) throws IOException {
        Hub here = Hub.current();
        try {
            if (timeoutMillis == 0) {
                here.awaitReady(channel, op);
            } else {
                here.awaitReady(channel, op, Duration.ofMillis(timeoutMillis));
            }
        } catch (TimeoutException e) {
            throw (IOException) new SocketTimeoutException("nothing to read within " + timeoutMillis + " ms")
                    .initCause(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("interrupted while waiting for " + this).initCause(e);
        }
    }

    @Override
    public InputStream getInputStream() throws IOException {
        requireOpen(isInputShutdown(), "input is shut down");
        return input;
    }

    @Override
    public OutputStream getOutputStream() throws IOException {
        requireOpen(isOutputShutdown(), "output is shut down");
        return output;
    }

    private void requireOpen(boolean shutDown, String how) throws SocketException {
        if (isClosed() || shutDown) {
            throw new SocketException("Socket " + (isClosed() ? "is closed" : how));
        }
    }

    @Override
    public void connect(SocketAddress address, int timeout) throws IOException {
        throw new SocketException("Already connected");
    }

    @Override
    public void connect(SocketAddress address) throws IOException {
        connect(address, 0);
    }

    @Override
    public void bind(@Nullable SocketAddress address) throws IOException {
        throw new SocketException("Already bound");
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    // ---- what never waits

    @Override
    public SocketChannel getChannel() {
        return channel;
    }

    @Override
    public @Nullable InetAddress getInetAddress() {
        return plain.getInetAddress();
    }

    @Override
    public InetAddress getLocalAddress() {
        return plain.getLocalAddress();
    }

    @Override
    public int getPort() {
        return plain.getPort();
    }

    @Override
    public int getLocalPort() {
        return plain.getLocalPort();
    }

    @Override
    public @Nullable SocketAddress getRemoteSocketAddress() {
        return plain.getRemoteSocketAddress();
    }

    @Override
    public @Nullable SocketAddress getLocalSocketAddress() {
        return plain.getLocalSocketAddress();
    }

    @Override
    public void setTcpNoDelay(boolean on) throws SocketException {
        plain.setTcpNoDelay(on);
    }

    @Override
    public boolean getTcpNoDelay() throws SocketException {
        return plain.getTcpNoDelay();
    }

    @Override
    public void setSoLinger(boolean on, int seconds) throws SocketException {
        plain.setSoLinger(on, seconds);
    }

    @Override
    public int getSoLinger() throws SocketException {
        return plain.getSoLinger();
    }

    @Override
    public void sendUrgentData(int data) throws IOException {
        plain.sendUrgentData(data);
    }

    @Override
    public void setOOBInline(boolean on) throws SocketException {
        plain.setOOBInline(on);
    }

    @Override
    public boolean getOOBInline() throws SocketException {
        return plain.getOOBInline();
    }

    @Override
    public void setSoTimeout(int millis) throws SocketException {
        plain.setSoTimeout(millis);
    }

    @Override
    public int getSoTimeout() throws SocketException {
        return plain.getSoTimeout();
    }

    @Override
    public void setSendBufferSize(int size) throws SocketException {
        plain.setSendBufferSize(size);
    }

    @Override
    public int getSendBufferSize() throws SocketException {
        return plain.getSendBufferSize();
    }

    @Override
    public void setReceiveBufferSize(int size) throws SocketException {
        plain.setReceiveBufferSize(size);
    }

    @Override
    public int getReceiveBufferSize() throws SocketException {
        return plain.getReceiveBufferSize();
    }

    @Override
    public void setKeepAlive(boolean on) throws SocketException {
        plain.setKeepAlive(on);
    }

    @Override
    public boolean getKeepAlive() throws SocketException {
        return plain.getKeepAlive();
    }

    @Override
    public void setTrafficClass(int trafficClass) throws SocketException {
        plain.setTrafficClass(trafficClass);
    }

    @Override
    public int getTrafficClass() throws SocketException {
        return plain.getTrafficClass();
    }

    @Override
    public void setReuseAddress(boolean on) throws SocketException {
        plain.setReuseAddress(on);
    }

    @Override
    public boolean getReuseAddress() throws SocketException {
        return plain.getReuseAddress();
    }

    @Override
    public <T> Socket setOption(SocketOption<T> name, T value) throws IOException {
        channel.setOption(name, value);
        return this;
    }

    @Override
    public <T> T getOption(SocketOption<T> name) throws IOException {
        return channel.getOption(name);
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return channel.supportedOptions();
    }

    @Override
    public void shutdownInput() throws IOException {
        plain.shutdownInput();
    }

    @Override
    public void shutdownOutput() throws IOException {
        plain.shutdownOutput();
    }

    @Override
    public boolean isConnected() {
        return plain.isConnected();
    }

    @Override
    public boolean isBound() {
        return plain.isBound();
    }

    @Override
    public boolean isClosed() {
        return !channel.isOpen();
    }

    @Override
    public boolean isInputShutdown() {
        return plain.isInputShutdown();
    }

    @Override
    public boolean isOutputShutdown() {
        return plain.isOutputShutdown();
    }

    @Override
    public String toString() {
        return plain.toString();
    }
}
