import com.google.cloud.tools.jib.api.Containerizer;
import com.google.cloud.tools.jib.api.DockerDaemonImage;
import com.google.cloud.tools.jib.api.Jib;
import com.google.cloud.tools.jib.api.JibContainerBuilder;
import com.google.cloud.tools.jib.api.buildplan.AbsoluteUnixPath;
import com.google.cloud.tools.jib.api.buildplan.FileEntriesLayer;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Builds one image a line of standard input: {@code BASE TARGET FOLDER MAIN_CLASS CACHE}, and answers with the seconds
 * it took. FOLDER holds {@code dependencies} (jars) and {@code classes}, as Jib's Maven plugin finds them in a project.
 * The process stays alive until its input ends, so every build but the first runs in a warm virtual machine.
 */
public final class JibPeer {
    public static void main(String[] args) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] words = line.split("\t");
            long began = System.nanoTime();
            build(words[0], words[1], Path.of(words[2]), words[3], Path.of(words[4]));
            System.out.printf("%.3f%n", (System.nanoTime() - began) / 1e9);
            System.out.flush();
        }
    }

    private static void build(String base, String target, Path folder, String main, Path cache) throws Exception {
        JibContainerBuilder builder = Jib.from(DockerDaemonImage.named(base));
        builder.addFileEntriesLayer(layer("dependencies", folder.resolve("dependencies"), "/app/libs"));
        builder.addFileEntriesLayer(layer("classes", folder.resolve("classes"), "/app/classes"));
        builder.setEntrypoint(List.of("java", "-cp", "/app/classes:/app/libs/*", main));
        builder.containerize(
                Containerizer.to(DockerDaemonImage.named(target))
                        .setBaseImageLayersCache(cache.resolve("base"))
                        .setApplicationLayersCache(cache.resolve("application"))
                        .setToolName("benchmark"));
    }

    private static FileEntriesLayer layer(String name, Path source, String target) throws Exception {
        FileEntriesLayer.Builder layer = FileEntriesLayer.builder().setName(name);
        try (Stream<Path> children = Files.list(source)) {
            for (Path child : children.sorted().toList()) {
                layer.addEntryRecursive(child, AbsoluteUnixPath.get(target).resolve(child.getFileName().toString()));
            }
        }
        return layer.build();
    }

    private JibPeer() {}
}
