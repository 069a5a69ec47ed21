@echo off
rem Runs mvlm.jar, which lies beside this script (a release) or in cli\target (a clone after the build).
setlocal
set "JAR=%~dp0mvlm.jar"
if not exist "%JAR%" set "JAR=%~dp0cli\target\mvlm.jar"
if not exist "%JAR%" (
  echo mvlm: mvlm.jar is not built yet: run "mvnw -B -q -DskipTests package" in %~dp0 1>&2
  exit /b 69
)
set "JAVA=java"
if defined JAVA_HOME if exist "%JAVA_HOME%\bin\java.exe" set "JAVA=%JAVA_HOME%\bin\java.exe"
rem The options are for the launcher alone, which starts the JVM that computes.
"%JAVA%" -Xshare:auto -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -jar "%JAR%" %*
exit /b %ERRORLEVEL%
