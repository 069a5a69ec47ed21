/** The command line. In {@code mvlm.jar} everything lies on the class path, without this descriptor. */
module io.mvlm.cli {
  requires io.mvlm.model;
  requires com.google.gson;
  requires info.picocli;
  requires jdk.unsupported;
  requires me.tongfei.progressbar;
  requires org.jline.reader;
  requires org.jline.terminal;

  opens io.mvlm.cli to info.picocli;
}
