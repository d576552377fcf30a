"""What Windows says, in the laptop's language and in the console's bytes.

The texts are those of FormatMessage for system errors (Microsoft: "System Error Codes" for English; German and Chinese from
knowledge of Windows, not verified here). They are there so that nothing may lean on them.
"""

from __future__ import annotations

OEM = {"en-US": "cp437", "de-DE": "cp850", "zh-CN": "gbk", "fr-FR": "cp850", "ja-JP": "cp932"}
"""The OEM code page of a culture: what console programs write into a pipe (Microsoft: "National Language Support")."""

WIN32 = 0x8007
"""The upper half of an HRESULT that is a Win32 error (Microsoft: "HRESULT_FROM_WIN32")."""

MESSAGES: dict[int, dict[str, str]] = {
    0: {"en": "The operation completed successfully.", "de": "Der Vorgang wurde erfolgreich beendet.", "zh": "操作成功完成。"},
    1: {"en": "Incorrect function.", "de": "Unzulässige Funktion.", "zh": "函数不正确。"},
    2: {
        "en": "The system cannot find the file specified.",
        "de": "Das System kann die angegebene Datei nicht finden.",
        "zh": "系统找不到指定的文件。",
    },
    3: {
        "en": "The system cannot find the path specified.",
        "de": "Das System kann den angegebenen Pfad nicht finden.",
        "zh": "系统找不到指定的路径。",
    },
    5: {"en": "Access is denied.", "de": "Zugriff verweigert", "zh": "拒绝访问。"},
    17: {
        "en": "The system cannot move the file to a different disk drive.",
        "de": "Die Datei kann nicht auf ein anderes Laufwerk verschoben werden.",
        "zh": "系统无法将文件移到不同的磁盘驱动器。",
    },
    32: {
        "en": "The process cannot access the file because it is being used by another process.",
        "de": "Der Prozess kann nicht auf die Datei zugreifen, da sie von einem anderen Prozess verwendet wird.",
        "zh": "另一个程序正在使用此文件，进程无法访问。",
    },
    80: {"en": "The file exists.", "de": "Die Datei ist vorhanden.", "zh": "文件存在。"},
    87: {"en": "The parameter is incorrect.", "de": "Falscher Parameter.", "zh": "参数错误。"},
    112: {
        "en": "There is not enough space on the disk.",
        "de": "Es steht nicht genug Speicherplatz auf dem Datenträger zur Verfügung.",
        "zh": "磁盘空间不足。",
    },
    123: {
        "en": "The filename, directory name, or volume label syntax is incorrect.",
        "de": "Die Syntax für den Dateinamen, Verzeichnisnamen oder die Datenträgerbezeichnung ist falsch.",
        "zh": "文件名、目录名或卷标语法不正确。",
    },
    145: {"en": "The directory is not empty.", "de": "Das Verzeichnis ist nicht leer.", "zh": "目录不是空的。"},
    1009: {
        "en": "The configuration registry database is corrupt.",
        "de": "Die Registrierungsdatenbank ist beschädigt.",
        "zh": "配置注册表数据库损坏。",
    },
    183: {
        "en": "Cannot create a file when that file already exists.",
        "de": "Eine Datei kann nicht erstellt werden, wenn sie bereits vorhanden ist.",
        "zh": "当文件已存在时，无法创建该文件。",
    },
    193: {
        "en": "%1 is not a valid Win32 application.",
        "de": "%1 ist keine zulässige Win32-Anwendung.",
        "zh": "%1 不是有效的 Win32 应用程序。",
    },
    206: {
        "en": "The filename or extension is too long.",
        "de": "Der Dateiname oder die Erweiterung ist zu lang.",
        "zh": "文件名或扩展名太长。",
    },
    267: {"en": "The directory name is invalid.", "de": "Der Verzeichnisname ist ungültig.", "zh": "目录名称无效。"},
    362: {
        "en": "The cloud file provider is not running.",
        "de": "Der Clouddateianbieter wird nicht ausgeführt.",
        "zh": "云文件提供程序未运行。",
    },
    740: {
        "en": "The requested operation requires elevation.",
        "de": "Der angeforderte Vorgang erfordert erhöhte Rechte.",
        "zh": "请求的操作需要提升。",
    },
    777: {
        "en": "A version number could not be parsed.",
        "de": "Eine Versionsnummer konnte nicht analysiert werden.",
        "zh": "无法分析版本号。",
    },
    1056: {
        "en": "An instance of the service is already running.",
        "de": "Eine Instanz des Dienstes wird bereits ausgeführt.",
        "zh": "服务的实例已在运行中。",
    },
    1058: {
        "en": "The service cannot be started, either because it is disabled or because it has no enabled devices associated with "
        "it.",
        "de": "Der Dienst kann nicht gestartet werden, weil er deaktiviert ist oder ihm keine aktivierten Geräte zugeordnet "
        "sind.",
        "zh": "无法启动服务，原因可能是已被禁用或与其相关联的设备没有启动。",
    },
    1060: {
        "en": "The specified service does not exist as an installed service.",
        "de": "Der angegebene Dienst ist kein installierter Dienst.",
        "zh": "指定的服务未安装。",
    },
    1062: {"en": "The service has not been started.", "de": "Der Dienst wurde nicht gestartet.", "zh": "服务尚未启动。"},
    1068: {
        "en": "The dependency service or group failed to start.",
        "de": "Der Abhängigkeitsdienst oder die Abhängigkeitsgruppe konnte nicht gestartet werden.",
        "zh": "依赖服务或组无法启动。",
    },
    1223: {
        "en": "The operation was canceled by the user.",
        "de": "Der Vorgang wurde durch den Benutzer abgebrochen.",
        "zh": "操作已被用户取消。",
    },
    1260: {
        "en": "This program is blocked by group policy. For more information, contact your system administrator.",
        "de": "Dieses Programm wurde durch eine Gruppenrichtlinie geblockt. Wenden Sie sich an den Systemadministrator.",
        "zh": "组策略阻止了这个程序。要获取详细信息，请与系统管理员联系。",
    },
    1314: {
        "en": "A required privilege is not held by the client.",
        "de": "Dem Client fehlt ein erforderliches Recht.",
        "zh": "客户端没有所需的特权。",
    },
    1603: {
        "en": "Fatal error during installation.",
        "de": "Schwerwiegender Fehler bei der Installation.",
        "zh": "安装时发生严重错误。",
    },
    1630: {
        "en": "Data of this type is not supported.",
        "de": "Daten dieses Typs werden nicht unterstützt.",
        "zh": "不支持此类型的数据。",
    },
    1921: {
        "en": "The name of the file cannot be resolved by the system.",
        "de": "Der Dateiname kann vom System nicht ermittelt werden.",
        "zh": "系统无法解析文件名。",
    },
    3010: {
        "en": "The requested operation is successful. Changes will not be effective until the system is rebooted.",
        "de": "Der angeforderte Vorgang wurde erfolgreich durchgeführt. "
        "Änderungen werden erst nach dem Neustart des Systems wirksam.",
        "zh": "请求的操作成功。直到重新启动系统，才会使更改生效。",
    },
    12029: {
        "en": "A connection with the server could not be established",
        "de": "Die Serververbindung konnte nicht hergestellt werden.",
        "zh": "无法与服务器建立连接",
    },
    0x80004001: {"en": "Not implemented", "de": "Nicht implementiert", "zh": "未实现"},
    0x80004005: {"en": "Unspecified error", "de": "Unbekannter Fehler", "zh": "未指定的错误"},
    0x8000FFFF: {"en": "Catastrophic failure", "de": "Schwerwiegender Fehler", "zh": "灾难性故障"},
    0x80096010: {
        "en": "The digital signature of the object did not verify.",
        "de": "Die digitale Signatur des Objekts konnte nicht bestätigt werden.",
        "zh": "对象的数字签名没有验证。",
    },
    1816: {
        "en": "Not enough quota is available to process this command.",
        "de": "Es steht nicht genügend Quote zur Verfügung, um diesen Befehl zu verarbeiten.",
        "zh": "没有足够的配额来处理此命令。",
    },
    0x80370114: {
        "en": "The operation could not be started because a required feature is not installed.",
        "de": "Der Vorgang konnte nicht gestartet werden, weil ein erforderliches Feature nicht installiert ist.",
        "zh": "由于未安装所需的特性，无法启动该操作。",
    },
}
"""Text of each Win32 error, and of each HRESULT that is none."""


def language(culture: str) -> str:
    """Return the two letters of a culture in which there are texts: ``en`` where there are none."""
    short = culture.partition("-")[0]
    return short if short in ("en", "de", "zh") else "en"


def message(culture: str, code: int) -> str:
    """Return Windows' text for a Win32 error number or an HRESULT.

    Raises:
        LookupError: the lab does not know the text, which is a fault of the lab.

    """
    number = code & 0xFFFF if code >> 16 == WIN32 else code
    if number not in MESSAGES:
        raise LookupError(f"the lab has no text of Windows for error 0x{code:x}")
    return MESSAGES[number][language(culture)]


def encoding(culture: str) -> str:
    """Return the name of the codec for the console's code page."""
    return OEM.get(culture, "cp437")


def encode(words: str, culture: str) -> bytes:
    """Turn text into what a console program writes: CRLF lines in the OEM code page, ``?`` for what it lacks."""
    return words.replace("\r\n", "\n").replace("\n", "\r\n").encode(encoding(culture), "replace")
