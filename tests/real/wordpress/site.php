<?php
// Whatever is asked, WordPress answers.
require 'common.php';
define('WP_USE_THEMES', true);
require ABSPATH . 'wp-settings.php';
wp();
require ABSPATH . WPINC . '/template-loader.php';
