@echo off
rem pyinfra-wsl {{ version }}: installed by LocalSystem or an administrator. A task begins to pull; nothing is converged now.
setlocal
set "TO=%ProgramFiles%\pyinfra-wsl"
if defined ProgramW6432 set "TO=%ProgramW6432%\pyinfra-wsl"
set "SYS=%SystemRoot%\System32"
if exist "%SystemRoot%\Sysnative\cmd.exe" set "SYS=%SystemRoot%\Sysnative"
set "APP=%TO%\app\{{ version }}"
if not exist "%~dp0app\python.exe" (echo app\python.exe is not here: build it with scripts\pull_package.py & exit /b 1)
if not exist "%TO%\pull" mkdir "%TO%\pull" || exit /b 1
"%SYS%\icacls.exe" "%TO%" /inheritance:r /grant:r "*S-1-5-32-544:(OI)(CI)F" "*S-1-5-18:(OI)(CI)F" >nul || exit /b 1
"%SYS%\robocopy.exe" "%~dp0app" "%APP%" /MIR /R:2 /W:2 /NFL /NDL /NJH /NJS >nul
if errorlevel 8 exit /b 1
rem The new version must answer before the task goes to it.
"%APP%\python.exe" -I -X utf8 -m pyinfra_wsl --version || exit /b 1
copy /y "%~dp0pull.yml" "%TO%\pull\pull.yml" >nul || exit /b 1
rem A laptop that pulls already may believe a newer trust than this one.
if not exist "%TO%\pull\trust" copy "%~dp0trust" "%TO%\pull\trust" >nul || exit /b 1
"%SYS%\schtasks.exe" /Create /F /TN "\pyinfra-wsl\pull" /XML "%~dp0task.xml" || exit /b 1
"%SYS%\reg.exe" add HKLM\SOFTWARE\pyinfra-wsl /v Version /d {{ version }} /f >nul || exit /b 1
exit /b 0
