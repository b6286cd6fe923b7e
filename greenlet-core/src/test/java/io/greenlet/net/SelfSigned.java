package io.greenlet.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// A key for `localhost`, made by the JDK's `keytool`, and who trusts it.
///
/// @param withKey has the key, and trusts it
/// @param withoutKey trusts it
record SelfSigned(SSLContext withKey, SSLContext withoutKey) {

    private static final String PASSWORD = "not a secret";

    /// Makes a new key, in a directory for it.
    static SelfSigned in(Path directory) throws Exception {
        Path file = directory.resolve("keys");
        Process keytool = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair", "-keyalg", "EC", "-dname", "CN=localhost", "-ext", "SAN=dns:localhost", "-storetype",
                "PKCS12", "-keystore", file.toString(), "-storepass", PASSWORD, "-alias", "key")
                .redirectErrorStream(true).redirectOutput(directory.resolve("log").toFile()).start();
        assertThat(keytool.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(keytool.exitValue()).as(Files.readString(directory.resolve("log"))).isZero();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            keys.load(in, PASSWORD.toCharArray());
        }
        KeyManagerFactory own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        own.init(keys, PASSWORD.toCharArray());
        TrustManagerFactory trusted = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trusted.init(keys);
        return new SelfSigned(context(own.getKeyManagers(), trusted), context(new KeyManager[0], trusted));
    }

    private static SSLContext context(KeyManager[] keys, TrustManagerFactory trusted) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys, trusted.getTrustManagers(), null);
        return context;
    }
}
