@echo off
rem Ends the pulling. What was converged stays as it is, and so do documents that nobody has taken yet.
setlocal
set "TO=%ProgramFiles%\pyinfra-wsl"
if defined ProgramW6432 set "TO=%ProgramW6432%\pyinfra-wsl"
set "SYS=%SystemRoot%\System32"
if exist "%SystemRoot%\Sysnative\cmd.exe" set "SYS=%SystemRoot%\Sysnative"
"%SYS%\schtasks.exe" /Delete /F /TN "\pyinfra-wsl\pull"
if exist "%TO%\app" rmdir /s /q "%TO%\app"
"%SYS%\reg.exe" delete HKLM\SOFTWARE\pyinfra-wsl /v Version /f >nul 2>nul
exit /b 0
