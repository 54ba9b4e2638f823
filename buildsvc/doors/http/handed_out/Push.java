/* Push a jar to buildsvc and follow it until it serves. One file; needs a JDK, 11 or newer, and nothing else.

    curl -O http://server:8420/cli/Push.java
    BUILDSVC_URL=http://server:8420 BUILDSVC_TOKEN=bsv_… java Push.java target/app.jar

The file is sent by the tus protocol 1.0, and gone on with after a break. Exit status: 0 the new release serves, 1 the
deployment failed and the old one serves, 2 wrong usage or refused, 3 the service cannot be reached. */

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.ProxySelector;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

public class Push {
    /** Breaks in a row, without a byte between them that arrived. */
    static final int TRIES = 10;

    static final String USAGE = "usage: java Push.java FILE [--url URL] [--token TOKEN] [--app APP] [--component NAME]"
            + " [--fingerprint SHA256] [--force] [--detach]\nURL and TOKEN may stand in BUILDSVC_URL and BUILDSVC_TOKEN.";
    /** In UTF-8 whatever the terminal's default is: before Java 18 that is the platform's. */
    static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    static final PrintStream ERR = new PrintStream(System.err, true, StandardCharsets.UTF_8);

    /** The service said no. */
    static class Refused extends RuntimeException {
        final int status;

        Refused(String text, int status) {
            super(text);
            this.status = status;
        }
    }

    /** The service is elsewhere in the file, or busy with what came: ask, and go on. */
    static class Locked extends IOException {
        Locked(String text) {
            super(text);
        }
    }

    interface Question<T> {
        T ask() throws IOException, InterruptedException;
    }

    final URI url;
    final String token;
    final HttpClient client;

    Push(String address, String token, String fingerprint) throws GeneralSecurityException {
        this.url = URI.create((address.contains("://") ? address : "http://" + address).replaceAll("/+$", ""));
        this.token = token;
        HttpClient.Builder builder = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(10)).proxy(ProxySelector.of(null));
        if (fingerprint != null) {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {new Pinned(fingerprint)}, null);
            builder.sslContext(context);
        }
        this.client = builder.build();
    }

    public static void main(String[] arguments) throws Exception {
        try {
            System.exit(run(arguments));
        } catch (Refused refused) {
            ERR.println("error: " + refused.getMessage());
            System.exit(refused.status);
        } catch (IOException | UncheckedIOException error) {
            ERR.println("error: " + error);
            System.exit(3);
        }
    }

    static int run(String[] arguments) throws Exception {
        Map<String, String> said = new LinkedHashMap<>();
        List<String> files = new ArrayList<>();
        for (int at = 0; at < arguments.length; at++) {
            String one = arguments[at];
            if (one.equals("--force") || one.equals("--detach")) {
                said.put(one, "true");
            } else if (List.of("--url", "--token", "--app", "--component", "--fingerprint").contains(one)
                    && at + 1 < arguments.length) {
                said.put(one, arguments[++at]);
            } else if (one.startsWith("--")) {
                throw new Refused(USAGE, 2);
            } else {
                files.add(one);
            }
        }
        String url = said.getOrDefault("--url", System.getenv("BUILDSVC_URL"));
        String token = said.getOrDefault("--token", System.getenv("BUILDSVC_TOKEN"));
        if (files.size() != 1 || url == null || token == null) {
            throw new Refused(USAGE, 2);
        }
        if (!Files.isRegularFile(Path.of(files.get(0)))) {
            throw new Refused("there is no file " + files.get(0), 2);
        }
        Push push = new Push(url, token, said.get("--fingerprint"));
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put("application", said.get("--app"));
        metadata.put("component", said.get("--component"));
        metadata.put("force", said.get("--force"));
        metadata.values().removeIf(value -> value == null);
        String name = push.upload(Path.of(files.get(0)), metadata);
        Map<String, Object> found = push.again(() -> push.read("/api/uploads/" + coded(name)));
        if (found.get("problem") instanceof Map) {
            Map<String, Object> problem = map(found.get("problem"));
            throw new Refused(problem.get("detail") + " " + problem.get("hint"), 2);
        }
        if (!(found.get("accepted") instanceof Map)) {
            throw new Refused("what became of the upload " + name + " is not known: " + found.get("state"), 3);
        }
        Map<String, Object> accepted = map(found.get("accepted"));
        OUT.println(accepted.get("message"));
        if (accepted.get("deployment") == null || said.containsKey("--detach")) {
            return 0;
        }
        return push.follow((String) map(accepted.get("deployment")).get("id"));
    }

    /** Send the file, going on after breaks; the upload's id. */
    String upload(Path file, Map<String, String> said) throws Exception {
        long size = Files.size(file);
        said.put("filename", file.getFileName().toString());
        said.put("sha256", digest(file));
        StringBuilder metadata = new StringBuilder();
        for (Map.Entry<String, String> one : said.entrySet()) {
            byte[] value = one.getValue().getBytes(StandardCharsets.UTF_8);
            metadata.append(metadata.length() == 0 ? "" : ",").append(one.getKey()).append(' ');
            metadata.append(Base64.getEncoder().encodeToString(value));
        }
        HttpRequest begin = request("/api/tus", 60).header("Upload-Length", Long.toString(size))
                .header("Upload-Metadata", metadata.toString()).POST(BodyPublishers.noBody()).build();
        String address = again(() -> send(begin)).headers().firstValue("Location").orElseThrow();
        String name = address.substring(address.lastIndexOf('/') + 1);
        long at = 0;
        int tries = 0;
        while (true) {
            try {
                send(request("/api/tus/" + coded(name), 600).header("Upload-Offset", Long.toString(at))
                        .header("Content-Type", "application/offset+octet-stream")
                        .method("PATCH", rest(file, at, size)).build());
                return name;
            } catch (IOException broken) {
                if (++tries > TRIES) {
                    throw broken;
                }
                ERR.println("interrupted at " + at + " of " + size + " bytes (" + broken + "); going on");
            }
            Thread.sleep(Math.min(500L << tries, 15_000));
            Map<String, Object> found = again(() -> read("/api/uploads/" + coded(name)));
            if (List.of("accepted", "refused").contains(found.get("state"))) {
                return name;
            }
            long here = ((Number) found.get("received")).longValue();
            if (here > at) {
                at = here;
                tries = 0;
            }
        }
    }

    /** The file from one byte on, as a body of known length. */
    static BodyPublisher rest(Path file, long at, long size) {
        if (at == size) {
            return BodyPublishers.noBody();
        }
        BodyPublisher stream = BodyPublishers.ofInputStream(() -> {
            try {
                FileInputStream opened = new FileInputStream(file.toFile());
                opened.getChannel().position(at);
                return opened;
            } catch (IOException error) {
                throw new UncheckedIOException(error);
            }
        });
        return BodyPublishers.fromPublisher(stream, size - at);
    }

    /** Print what happens until the new release serves, or does not. Returns the exit status. */
    int follow(String deployment) throws Exception {
        String path = "/api/deployments/" + coded(deployment);
        long last = 0;
        while (true) {
            String phase = (String) again(() -> read(path)).get("phase");
            String more = path + "/events?after=" + last;
            for (Object one : again(() -> (List<?>) Json.read(send(request(more, 60).GET().build()).body()))) {
                Map<String, Object> told = map(one);
                last = Math.max(last, ((Number) told.get("number")).longValue());
                OUT.println(told.get("text"));
                Object hint = map(told.get("event")).get("hint");
                if (hint instanceof String && !((String) hint).isEmpty()) {
                    OUT.println("  " + hint);
                }
            }
            if (List.of("live", "settled").contains(phase)) {
                return 0;
            }
            if (List.of("failed", "cancelled", "switched-back").contains(phase)) {
                return 1;
            }
            Thread.sleep(500);
        }
    }

    HttpRequest.Builder request(String path, int seconds) {
        HttpRequest.Builder made = HttpRequest.newBuilder(URI.create(url + path)).timeout(Duration.ofSeconds(seconds))
                .header("Authorization", "Bearer " + token).header("Accept", "application/json")
                .header("User-Agent", "buildsvc-push").header("Tus-Resumable", "1.0.0");
        String language = System.getenv("BUILDSVC_LANGUAGE");
        return language == null ? made : made.header("Accept-Language", language);
    }

    HttpResponse<String> send(HttpRequest request) throws IOException, InterruptedException {
        HttpResponse<String> answer = client.send(request, BodyHandlers.ofString(StandardCharsets.UTF_8));
        int status = answer.statusCode();
        if (status < 400) {
            return answer;
        }
        String text = "the service answered " + status;
        String code = "";
        try {
            Map<String, Object> problem = map(Json.read(answer.body()));
            text = (problem.get("detail") + " " + problem.getOrDefault("hint", "")).trim();
            code = String.valueOf(problem.get("code"));
        } catch (RuntimeException none) {
            // Somebody between answered.
        }
        if (List.of("upload-offset", "upload-busy").contains(code)) {
            throw new Locked(text);
        }
        if (status >= 502 && status <= 504) {
            throw new IOException(text);
        }
        throw new Refused(text, status >= 500 && status != 507 ? 3 : 2);
    }

    Map<String, Object> read(String path) throws IOException, InterruptedException {
        return map(Json.read(send(request(path, 60).GET().build()).body()));
    }

    /** Ask until somebody answers, a while. */
    <T> T again(Question<T> question) throws IOException, InterruptedException {
        for (int tried = 0;; tried++) {
            try {
                return question.ask();
            } catch (IOException broken) {
                if (tried == TRIES) {
                    throw broken;
                }
                Thread.sleep(Math.min(500L << tried, 15_000));
            }
        }
    }

    static String coded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    static String digest(Path file) throws IOException, GeneralSecurityException {
        MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
        byte[] block = new byte[1 << 18];
        try (InputStream stream = Files.newInputStream(file)) {
            for (int count; (count = stream.read(block)) > 0;) {
                sha256.update(block, 0, count);
            }
        }
        return hex(sha256.digest());
    }

    static String hex(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        for (byte one : bytes) {
            text.append(String.format("%02x", one));
        }
        return text.toString();
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> map(Object value) {
        return (Map<String, Object>) value;
    }

    /** Trusts the one certificate that has this fingerprint, whoever signed it. */
    static class Pinned extends X509ExtendedTrustManager {
        final String wanted;

        Pinned(String fingerprint) {
            this.wanted = fingerprint.replaceAll("[: ]", "").toLowerCase();
        }

        void check(X509Certificate[] chain) throws CertificateException {
            try {
                String seen = hex(MessageDigest.getInstance("SHA-256").digest(chain[0].getEncoded()));
                if (!seen.equals(wanted)) {
                    throw new CertificateException("its SHA-256 is " + seen + ", not the one that was given");
                }
            } catch (GeneralSecurityException error) {
                throw error instanceof CertificateException ? (CertificateException) error
                        : new CertificateException(error);
            }
        }

        @Override public void checkServerTrusted(X509Certificate[] c, String a, Socket s) throws CertificateException {
            check(c);
        }

        @Override public void checkServerTrusted(X509Certificate[] c, String a, SSLEngine e)
                throws CertificateException {
            check(c);
        }

        @Override public void checkServerTrusted(X509Certificate[] c, String a) throws CertificateException {
            check(c);
        }

        @Override public void checkClientTrusted(X509Certificate[] c, String a, Socket s) throws CertificateException {
            throw new CertificateException("no client is asked for");
        }

        @Override public void checkClientTrusted(X509Certificate[] c, String a, SSLEngine e)
                throws CertificateException {
            throw new CertificateException("no client is asked for");
        }

        @Override public void checkClientTrusted(X509Certificate[] c, String a) throws CertificateException {
            throw new CertificateException("no client is asked for");
        }

        @Override public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    /** JSON (RFC 8259) as maps, lists, strings, numbers, booleans and null; the JDK reads none. */
    static class Json {
        final String text;
        int at;

        Json(String text) {
            this.text = text;
        }

        static Object read(String text) {
            Json json = new Json(text);
            return json.value();
        }

        Object value() {
            char next = peek();
            if (next == '{') {
                Map<String, Object> found = new LinkedHashMap<>();
                for (at++; peek() != '}';) {
                    String key = string();
                    expect(':');
                    found.put(key, value());
                    if (peek() == ',') {
                        at++;
                    }
                }
                at++;
                return found;
            }
            if (next == '[') {
                List<Object> found = new ArrayList<>();
                for (at++; peek() != ']';) {
                    found.add(value());
                    if (peek() == ',') {
                        at++;
                    }
                }
                at++;
                return found;
            }
            if (next == '"') {
                return string();
            }
            int start = at;
            while (at < text.length() && ",]} \n\r\t".indexOf(text.charAt(at)) < 0) {
                at++;
            }
            String word = text.substring(start, at);
            switch (word) {
                case "null": return null;
                case "true": return true;
                case "false": return false;
                default: return Double.valueOf(word);
            }
        }

        String string() {
            expect('"');
            StringBuilder found = new StringBuilder();
            for (char one; (one = text.charAt(at++)) != '"';) {
                if (one != '\\') {
                    found.append(one);
                    continue;
                }
                char escaped = text.charAt(at++);
                int plain = "nrtbf".indexOf(escaped);
                if (escaped == 'u') {
                    found.append((char) Integer.parseInt(text.substring(at, at += 4), 16));
                } else {
                    found.append(plain < 0 ? escaped : "\n\r\t\b\f".charAt(plain));
                }
            }
            return found.toString();
        }

        char peek() {
            while (Character.isWhitespace(text.charAt(at))) {
                at++;
            }
            return text.charAt(at);
        }

        void expect(char wanted) {
            if (peek() != wanted) {
                throw new IllegalArgumentException("no JSON at " + at);
            }
            at++;
        }
    }
}
