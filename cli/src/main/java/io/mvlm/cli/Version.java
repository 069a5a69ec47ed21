package io.mvlm.cli;

import picocli.CommandLine.IVersionProvider;

/** The jar's version, and what it runs on. */
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    String version = Version.class.getPackage().getImplementationVersion();
    return new String[] {"mvlm " + (version == null ? "(not from a jar)" : version) + " (Java " + Runtime.version() + ", "
        + System.getProperty("os.name") + " " + System.getProperty("os.arch") + ")"};
  }
}
