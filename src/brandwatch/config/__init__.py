"""Files that people write, validated into frozen values; secrets; settings."""
