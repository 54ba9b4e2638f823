import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import namespace.servlet.ServletException;
import namespace.servlet.annotation.WebServlet;
import namespace.servlet.http.HttpServlet;
import namespace.servlet.http.HttpServletRequest;
import namespace.servlet.http.HttpServletResponse;

/** Says what it runs on; with failing=true in shop.properties it does not start. `namespace` becomes javax or jakarta. */
@WebServlet(urlPatterns = "/shop", loadOnStartup = 1)
public class Shop extends HttpServlet {
    private final Properties told = new Properties();

    @Override
    public void init() throws ServletException {
        try (InputStream in = Shop.class.getResourceAsStream("/shop.properties")) {
            told.load(in);
        } catch (IOException error) {
            throw new ServletException(error);
        }
        if (Boolean.parseBoolean(told.getProperty("failing"))) {
            throw new ServletException("no database");
        }
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        response.setContentType("text/plain;charset=UTF-8");
        String server = getServletContext().getServerInfo();
        response.getWriter().print(told.getProperty("version") + " " + server + " " + request.getContextPath());
    }
}
