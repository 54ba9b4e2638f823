import javax.xml.bind.JAXB;

/** Needs what Java had until 11, and reaches into Java as a proxy library does; says what it found. */
public class Binder {
    public static class Order {
        public String id = "7";
    }

    public static void main(String[] arguments) throws Exception {
        System.out.println("java " + System.getProperty("java.specification.version"));
        Class<?>[] types = {String.class, byte[].class, int.class, int.class};
        ClassLoader.class.getDeclaredMethod("defineClass", types).setAccessible(true);
        System.out.println("opened");
        if (arguments.length == 0) {
            JAXB.marshal(new Order(), System.out);
            System.out.println("bound");
        }
    }
}
