import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Enumeration;
import java.util.Locale;
import java.util.jar.JarFile;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * What Java makes of jars. They come in line by line, "jar" or "zip", a tab and the path; each is answered by "ok" or by
 * "corrupt", a tab and the reason. A jar is sound when it opens, its manifest is read, and every entry can be read to its
 * end and has the size and the CRC-32 that it states; and so for the jars in it that a class path would hold. A zip is no
 * jar itself: Java opens what is in it, so its own names may be of any code page.
 */
public final class Judge {
    private static final Charset OLD = Charset.forName("IBM437");
    private static final byte[] BUFFER = new byte[1 << 16];

    public static void main(String[] arguments) throws IOException {
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        Path nested = Files.createTempFile("nested", ".jar");
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] told = line.split("\t", 2);
            out.println(verdict(told[0].equals("jar"), Path.of(told[1]), nested));
        }
        out.flush();
        Files.delete(nested);
    }

    private static String verdict(boolean isJar, Path path, Path nested) {
        try (ZipFile archive = isJar ? new JarFile(path.toFile(), false) : new ZipFile(path.toFile(), OLD)) {
            read(archive, nested);
            return "ok";
        } catch (IOException | RuntimeException | Error fault) {
            return "corrupt\t" + String.valueOf(fault).replaceAll("[\\s\\p{C}]+", " ");
        }
    }

    private static void read(ZipFile archive, Path nested) throws IOException {
        boolean isJar = archive instanceof JarFile;
        if (isJar) {
            ((JarFile) archive).getManifest();
        }
        for (Enumeration<? extends ZipEntry> entries = archive.entries(); entries.hasMoreElements();) {
            ZipEntry entry = entries.nextElement();
            if (entry.isDirectory()) {
                continue;
            }
            boolean library = nested != null && isLibrary(entry.getName(), isJar);
            check(archive, entry, library ? nested : null);
            if (library) {
                try (JarFile jar = new JarFile(nested.toFile(), false)) {
                    read(jar, null);
                }
            }
        }
    }

    private static boolean isLibrary(String name, boolean inJar) {
        boolean home = name.startsWith("BOOT-INF/lib/") || name.startsWith("WEB-INF/lib/");
        return name.toLowerCase(Locale.ROOT).endsWith(".jar") && (home || !inJar);
    }

    private static void check(ZipFile archive, ZipEntry entry, Path copy) throws IOException {
        CRC32 crc = new CRC32();
        long size = 0;
        var out = copy == null ? null : Files.newOutputStream(copy, StandardOpenOption.TRUNCATE_EXISTING);
        try (InputStream in = archive.getInputStream(entry); out) {
            for (int count = in.read(BUFFER); count >= 0; count = in.read(BUFFER)) {
                crc.update(BUFFER, 0, count);
                size += count;
                if (out != null) {
                    out.write(BUFFER, 0, count);
                }
                if (size > entry.getSize()) {
                    break;
                }
            }
        }
        if (size != entry.getSize() || crc.getValue() != entry.getCrc()) {
            throw new ZipException("content of " + entry.getName() + " is not what it states");
        }
    }
}
