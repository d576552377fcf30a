"""What all resources of Linux hosts share: how a host is asked, what its programs say."""
