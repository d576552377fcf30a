# The agent in a runspace, which has no standard input: the first input object is its source in base64, each further one a request,
# each output object a greeting or an answer; events are information records. What is loaded stays in the runspace: a later pipeline
# begins with a request.
begin { $m = "$($ExecutionContext.SessionState.LanguageMode)" }
process {
    if ($m -ne 'FullLanguage') { '{"refused":"' + $m + '"}' }
    elseif (Test-Path function:Invoke-Request) { ConvertTo-Line (Invoke-Request $_) }
    else { $hello = . ([ScriptBlock]::Create((New-Object Text.UTF8Encoding $false).GetString([Convert]::FromBase64String($_)))); ConvertTo-Line $hello }
}
