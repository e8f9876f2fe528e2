<?php
// Calls functions of WordPress, each with its arguments, and says what they return.
require 'common.php';
$calls = json_decode(file_get_contents('php://stdin'), true);
$_SERVER['HTTP_HOST'] = parse_url(getenv('SITE'), PHP_URL_HOST);
if ($calls[0][0] === 'wp_install') {
    define('WP_INSTALLING', true);
}
require ABSPATH . 'wp-settings.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';
echo json_encode(array_map(fn($call) => call_user_func_array($call[0], array_slice($call, 1)), $calls));
